// Every attribute and metric name that Sluice emits, in one place, since dashboards and alerts depend on them.

/** OpenTelemetry semantic conventions for RPC, release candidate at v1.44. */
export const Rpc = {
  SYSTEM_NAME: 'rpc.system.name',
  METHOD: 'rpc.method',
  STATUS_CODE: 'rpc.status_code',
  SERVER_CALL_DURATION: 'rpc.server.call.duration',
} as const;

/** OpenTelemetry general conventions (stable), and the Node.js runtime's. */
export const General = {
  SERVICE_NAME: 'service.name',
  ERROR_TYPE: 'error.type',
  SERVER_ADDRESS: 'server.address',
  SERVER_PORT: 'server.port',
  NETWORK_PEER_ADDRESS: 'network.peer.address',
  HTTP_RESPONSE_STATUS_CODE: 'http.response.status_code',
  EVENT_LOOP_DELAY_P50: 'nodejs.eventloop.delay.p50',
  EVENT_LOOP_DELAY_P99: 'nodejs.eventloop.delay.p99',
} as const;

/**
 * OpenTelemetry semantic conventions for generative AI, in development, from their own repository
 * (semantic-conventions-genai): the names after v1.41 of the general conventions.
 */
export const GenAi = {
  OPERATION_NAME: 'gen_ai.operation.name',
  PROVIDER_NAME: 'gen_ai.provider.name',
  OUTPUT_TYPE: 'gen_ai.output.type',
  REQUEST_MODEL: 'gen_ai.request.model',
  REQUEST_STREAM: 'gen_ai.request.stream',
  REQUEST_MAX_TOKENS: 'gen_ai.request.max_tokens',
  REQUEST_TEMPERATURE: 'gen_ai.request.temperature',
  REQUEST_TOP_P: 'gen_ai.request.top_p',
  REQUEST_TOP_K: 'gen_ai.request.top_k',
  REQUEST_SEED: 'gen_ai.request.seed',
  REQUEST_FREQUENCY_PENALTY: 'gen_ai.request.frequency_penalty',
  REQUEST_PRESENCE_PENALTY: 'gen_ai.request.presence_penalty',
  REQUEST_STOP_SEQUENCES: 'gen_ai.request.stop_sequences',
  REQUEST_REASONING_LEVEL: 'gen_ai.request.reasoning.level',
  EMBEDDINGS_DIMENSION_COUNT: 'gen_ai.embeddings.dimension.count',
  RESPONSE_ID: 'gen_ai.response.id',
  RESPONSE_MODEL: 'gen_ai.response.model',
  RESPONSE_FINISH_REASONS: 'gen_ai.response.finish_reasons',
  RESPONSE_TIME_TO_FIRST_CHUNK: 'gen_ai.response.time_to_first_chunk',
  USAGE_INPUT_TOKENS: 'gen_ai.usage.input_tokens',
  USAGE_OUTPUT_TOKENS: 'gen_ai.usage.output_tokens',
  USAGE_CACHE_READ_INPUT_TOKENS: 'gen_ai.usage.cache_read.input_tokens',
  USAGE_CACHE_WRITE_INPUT_TOKENS: 'gen_ai.usage.cache_write.input_tokens',
  USAGE_REASONING_OUTPUT_TOKENS: 'gen_ai.usage.reasoning.output_tokens',
  SYSTEM_INSTRUCTIONS: 'gen_ai.system_instructions',
  INPUT_MESSAGES: 'gen_ai.input.messages',
  OUTPUT_MESSAGES: 'gen_ai.output.messages',
  TOKEN_MODALITY: 'gen_ai.token.modality',
  INFERENCE_DURATION: 'gen_ai.client.inference.duration',
  INFERENCE_TIME_TO_FIRST_CHUNK: 'gen_ai.client.inference.time_to_first_chunk',
  INFERENCE_USAGE_INPUT_TOKENS: 'gen_ai.client.inference.usage.input_tokens',
  INFERENCE_USAGE_OUTPUT_TOKENS: 'gen_ai.client.inference.usage.output_tokens',
  INFERENCE_USAGE_CACHE_READ_INPUT_TOKENS: 'gen_ai.client.inference.usage.cache_read.input_tokens',
  INFERENCE_USAGE_CACHE_WRITE_INPUT_TOKENS: 'gen_ai.client.inference.usage.cache_write.input_tokens',
  INFERENCE_USAGE_REASONING_OUTPUT_TOKENS: 'gen_ai.client.inference.usage.reasoning.output_tokens',
  INFERENCE_INPUT_TOKENS: 'gen_ai.client.inference.operation.input_tokens',
  INFERENCE_OUTPUT_TOKENS: 'gen_ai.client.inference.operation.output_tokens',
} as const;

/** Our own: what no convention has a name for, since none knows of gateways yet. */
export const Sluice = {
  /** The model, as the caller asked for it. */
  MODEL: 'sluice.model',
  COMPLETION_ID: 'sluice.completion.id',
  /** Name of the caller's key. */
  CALLER: 'sluice.caller',
  /** Name of the provider in the configuration. */
  PROVIDER: 'sluice.provider',
  PROVIDER_REQUEST_ID: 'sluice.provider.request_id',
  /** Position of the attempt within its call, from 1. */
  ATTEMPT_NUMBER: 'sluice.attempt.number',
  ATTEMPT_COUNT: 'sluice.attempt.count',
  CACHE_STATUS: 'sluice.cache.status',
  /** Seconds that the gateway itself spent on the call. */
  GATEWAY_DURATION: 'sluice.gateway.duration',
  /** Reason of a failed call, from the contract's closed list. */
  ERROR_REASON: 'sluice.error.reason',

  COMPLETIONS: 'sluice.completions',
  ATTEMPTS: 'sluice.attempts',
  RETRIES_DENIED: 'sluice.retries.denied',
  CACHE_LOOKUPS: 'sluice.cache.lookups',
  CIRCUIT_CHANGES: 'sluice.circuit.changes',
  CACHE_STALE_ANSWERS: 'sluice.cache.stale_answers',
  CIRCUIT_STATE: 'sluice.circuit.state',
  PROVIDER_CALLS_IN_FLIGHT: 'sluice.provider.calls_in_flight',
  PROVIDER_CALLS_QUEUED: 'sluice.provider.calls_queued',
  CALLS_IN_FLIGHT: 'sluice.calls.in_flight',
  CALLS_QUEUED: 'sluice.calls.queued',
  CALLS_UNHELD: 'sluice.calls.unheld',
  USAGE_CALLS: 'sluice.usage.calls',
  USAGE_INPUT_TOKENS: 'sluice.usage.input_tokens',
  USAGE_OUTPUT_TOKENS: 'sluice.usage.output_tokens',
  USAGE_COST: 'sluice.usage.cost_nano_usd',
  USAGE_SAVED: 'sluice.usage.saved_nano_usd',
  BUDGET_LIMIT: 'sluice.budget.limit_nano_usd',
  BUDGET_SPENT: 'sluice.budget.spent_nano_usd',
  BUDGET_RESERVED: 'sluice.budget.reserved_nano_usd',
} as const;

/** Bucket boundaries of call durations in seconds, as the RPC conventions have them. */
export const RPC_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Bucket boundaries of inference durations in seconds, as the GenAI conventions have them. */
export const INFERENCE_SECONDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];

/** Bucket boundaries of token counts, as the GenAI conventions have them: powers of four. */
export const TOKENS = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
];
