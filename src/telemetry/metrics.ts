import type { Attributes, Meter } from '@opentelemetry/api';
import type { AttemptedTarget } from '../completion/ports/attempt-telemetry.ts';
import type { Provider } from '../completion/ports/provider.ts';
import { type Attempt, AttemptOutcome, CacheStatus } from '../gen/sluice/v1/execution.ts';
import type { Usage } from '../gen/sluice/v1/usage.ts';
import type { Histograms } from './histograms.ts';
import { createKnownModels, type KnownModels } from './known-models.ts';
import { GenAi, General, INFERENCE_SECONDS, RPC_SECONDS, Rpc, Sluice, TOKENS } from './names.ts';
import { cacheStatusName, outcomeName } from './short-names.ts';
import { createIntern, createTally } from './tally.ts';

/** One function per event that is counted or timed. */
export interface Metrics {
  readonly knownModels: KnownModels;
  rpcStarted(): void;
  rpcEnded(rpc: { method: string; status: string; errorType: string | undefined; seconds: number }): void;
  cacheLookedUp(status: CacheStatus): void;
  inferenceEnded(inference: Inference): void;
  retryDenied(provider: string): void;
  circuitChanged(provider: string, state: string): void;
  completionSettled(completion: SettledCompletion): void;
  /** The same of a call that is no completion. */
  attemptsSettled(attempts: readonly Attempt[]): void;
}

/** A completion that came to its end. */
export interface SettledCompletion {
  model: string;
  /** Finish reason, or the reason of the failure. */
  ending: string;
  cacheStatus: CacheStatus;
  attempts: readonly Attempt[];
}

/** What a model is asked for, as the GenAI conventions name it. */
export type Operation = 'chat' | 'embeddings';

/** One try at one provider. */
export interface Inference {
  target: AttemptedTarget;
  operation: Operation;
  seconds: number;
  /** Undefined where the answer came whole, or not at all. */
  secondsToFirstChunk: number | undefined;
  /** Reason of the failure; undefined where it answered. */
  errorType: string | undefined;
  /** Undefined where the provider reported none. */
  usage: Usage | undefined;
}

/** Creates the instruments of {@link Metrics}. */
export function createMetrics(meter: Meter, histograms: Histograms): Metrics {
  const knownModels = createKnownModels();
  const rpcDuration = histograms.create(Rpc.SERVER_CALL_DURATION, {
    description: 'Duration of calls, from arrival to end.',
    unit: 's',
    boundaries: RPC_SECONDS,
  });
  const tally = (name: string, description: string) =>
    createTally(meter.createObservableCounter(name, { description }));
  const cacheLookups = tally(Sluice.CACHE_LOOKUPS, 'Look-ups in the answer cache.');
  const staleAnswers = tally(
    Sluice.CACHE_STALE_ANSWERS,
    'Stored answers past their time, served because every provider failed.',
  );
  const completions = tally(Sluice.COMPLETIONS, 'Completions, by finish reason or error reason.');
  const attempts = tally(
    Sluice.ATTEMPTS,
    'Tries at providers, targets skipped for their open circuit included.',
  );
  const retriesDenied = tally(Sluice.RETRIES_DENIED, 'Retries not made, since the retry budget was used up.');
  const circuitChanges = tally(Sluice.CIRCUIT_CHANGES, "Changes of circuits' states, by the new one.");
  let callsInFlight = 0;
  meter
    .createObservableUpDownCounter(Sluice.CALLS_IN_FLIGHT, { description: 'Calls being served.' })
    .addCallback((result) => result.observe(callsInFlight));
  const inference = createInferenceInstruments(meter, histograms);
  const attributesOf = createTargetAttributes(knownModels);
  const describeRpc = createIntern((method: string, status: string, errorType: string | undefined) => ({
    [Rpc.SYSTEM_NAME]: 'grpc',
    [Rpc.METHOD]: method,
    [Rpc.STATUS_CODE]: status,
    ...(errorType && { [General.ERROR_TYPE]: errorType }),
  }));
  const describeLookup = createIntern((status: CacheStatus) => ({ status: cacheStatusName(status) }));
  const describeChange = createIntern((provider: string, state: string) => ({ provider, state }));
  const describeProvider = createIntern((provider: string) => ({ provider }));
  const describeModel = createIntern((model: string) => ({ model }));
  const describeCompletion = createIntern((model: string, ending: string) => ({ model, ending }));
  const describeTry = createIntern((provider: string, outcome: AttemptOutcome, reason: string) => ({
    provider,
    outcome: outcomeName(outcome),
    ...(outcome !== AttemptOutcome.SUCCEEDED && { reason }),
  }));

  return {
    knownModels,
    rpcStarted() {
      callsInFlight += 1;
    },
    rpcEnded({ method, status, errorType, seconds }) {
      callsInFlight -= 1;
      rpcDuration.record(seconds, describeRpc(method, status, errorType));
    },
    cacheLookedUp(status) {
      cacheLookups.add(1, describeLookup(status));
    },
    retryDenied(provider) {
      retriesDenied.add(1, describeProvider(provider));
    },
    circuitChanged(provider, state) {
      circuitChanges.add(1, describeChange(provider, state));
    },
    inferenceEnded({ target, operation, seconds, secondsToFirstChunk, errorType, usage }) {
      if (!errorType) knownModels.answered(target.model);
      const attributes = attributesOf(target, operation);
      inference.duration.record(seconds, errorType ? attributes.failed(errorType) : attributes.plain);
      if (secondsToFirstChunk !== undefined) {
        inference.timeToFirstChunk.record(secondsToFirstChunk, attributes.plain);
      }
      countTokens(inference, attributes, usage);
    },
    completionSettled({ model, ending, cacheStatus, attempts: tries }) {
      const label = knownModels.label(model);
      completions.add(1, describeCompletion(label, ending));
      if (cacheStatus === CacheStatus.STALE) staleAnswers.add(1, describeModel(label));
      countAttempts(tries);
    },
    attemptsSettled: countAttempts,
  };

  function countAttempts(tries: readonly Attempt[]): void {
    for (const { provider, outcome, reason } of tries) {
      attempts.add(1, describeTry(provider, outcome, reason));
    }
  }
}

type InferenceInstruments = ReturnType<typeof createInferenceInstruments>;

function createInferenceInstruments(meter: Meter, histograms: Histograms) {
  const seconds = (name: string, description: string) =>
    histograms.create(name, { description, unit: 's', boundaries: INFERENCE_SECONDS });
  const tokens = (name: string, description: string) =>
    histograms.create(name, { description, unit: '{token}', boundaries: TOKENS });
  const tokenSum = (name: string, description: string) =>
    createTally(meter.createObservableCounter(name, { description, unit: '{token}' }));

  return {
    duration: seconds(GenAi.INFERENCE_DURATION, 'Duration of one try at one provider.'),
    timeToFirstChunk: seconds(GenAi.INFERENCE_TIME_TO_FIRST_CHUNK, 'Time to the first content of a stream.'),
    inputTokens: tokens(GenAi.INFERENCE_INPUT_TOKENS, 'Input tokens of one inference, cached ones included.'),
    outputTokens: tokens(
      GenAi.INFERENCE_OUTPUT_TOKENS,
      'Output tokens of one inference, reasoning included.',
    ),
    inputTokenSum: tokenSum(GenAi.INFERENCE_USAGE_INPUT_TOKENS, 'Input tokens, cached ones included.'),
    outputTokenSum: tokenSum(GenAi.INFERENCE_USAGE_OUTPUT_TOKENS, 'Output tokens, reasoning included.'),
    cacheReadSum: tokenSum(
      GenAi.INFERENCE_USAGE_CACHE_READ_INPUT_TOKENS,
      "Input tokens from the provider's cache.",
    ),
    cacheWriteSum: tokenSum(
      GenAi.INFERENCE_USAGE_CACHE_WRITE_INPUT_TOKENS,
      "Input tokens to the provider's cache.",
    ),
    reasoningSum: tokenSum(
      GenAi.INFERENCE_USAGE_REASONING_OUTPUT_TOKENS,
      'Output tokens spent on reasoning.',
    ),
  };
}

/** Tokens of tries that reported none count as 0, so that the series of a failing target exists. */
function countTokens(
  inference: InferenceInstruments,
  { plain, counted }: TargetAttributes,
  usage?: Usage,
): void {
  inference.inputTokenSum.add(usage?.inputTokens ?? 0, counted);
  inference.outputTokenSum.add(usage?.outputTokens ?? 0, counted);
  if (!usage) return;
  inference.inputTokens.record(usage.inputTokens, plain);
  inference.outputTokens.record(usage.outputTokens, plain);
  if (usage.cacheReadTokens > 0) inference.cacheReadSum.add(usage.cacheReadTokens, counted);
  if (usage.cacheWriteTokens > 0) inference.cacheWriteSum.add(usage.cacheWriteTokens, counted);
  if (usage.reasoningTokens > 0) inference.reasoningSum.add(usage.reasoningTokens, counted);
}

interface TargetAttributes {
  plain: Attributes;
  failed(errorType: string): Attributes;
  /** With the modality, which token counters must have. Usage is not told apart by it. */
  counted: Attributes;
}

/** Attribute objects are built once per target and shared by all its calls. */
function createTargetAttributes(
  knownModels: KnownModels,
): (target: AttemptedTarget, operation: Operation) => TargetAttributes {
  const byProvider = new WeakMap<Provider, Map<string, TargetAttributes>>();
  // A provider that is configured anew goes on with the series of its predecessor.
  const describeTarget = createIntern(describePlain);
  const describeCounted = createIntern((...target: Parameters<typeof describePlain>) => ({
    ...describePlain(...target),
    [GenAi.TOKEN_MODALITY]: 'unknown',
  }));

  const describeFailed = createIntern((errorType: string, ...target: Parameters<typeof describePlain>) => ({
    ...describePlain(...target),
    [General.ERROR_TYPE]: errorType,
  }));

  return ({ provider, model }, operation) => {
    const label = knownModels.label(model);
    const byModel = byProvider.get(provider) ?? new Map<string, TargetAttributes>();
    byProvider.set(provider, byModel);
    const key = operation === 'chat' ? label : `${operation} ${label}`;
    const known = byModel.get(key);
    if (known) return known;
    const { name, telemetryName, endpoint } = provider;
    const target = [operation, name, telemetryName, endpoint.host, endpoint.port, label] as const;
    const attributes = {
      plain: describeTarget(...target),
      failed: (errorType: string) => describeFailed(errorType, ...target),
      counted: describeCounted(...target),
    };
    byModel.set(key, attributes);
    return attributes;
  };
}

function describePlain(
  operation: Operation,
  provider: string,
  telemetryName: string,
  host: string,
  port: number,
  model: string,
): Attributes {
  return {
    [GenAi.OPERATION_NAME]: operation,
    [GenAi.PROVIDER_NAME]: telemetryName,
    [GenAi.REQUEST_MODEL]: model,
    [General.SERVER_ADDRESS]: host,
    [General.SERVER_PORT]: port,
    [Sluice.PROVIDER]: provider,
  };
}
