import { Metadata } from '@grpc/grpc-js';
import type { Call } from '../../../src/completion/ports/call.ts';
import type { Provider } from '../../../src/completion/ports/provider.ts';
import type { TelemetryConfig } from '../../../src/config/config.ts';
import { CompleteResponse, FinishReason } from '../../../src/gen/sluice/v1/completion_service.ts';
import { type Attempt, AttemptOutcome, CacheStatus } from '../../../src/gen/sluice/v1/execution.ts';
import { Role } from '../../../src/gen/sluice/v1/message.ts';
import type { Usage } from '../../../src/gen/sluice/v1/usage.ts';
import type { RpcTelemetry } from '../../../src/grpc/rpc-telemetry.ts';
import { createRedactor } from '../../../src/telemetry/redact.ts';
import { createTelemetry, type Telemetry } from '../../../src/telemetry/setup.ts';
import { aCall, aCaller, aProvider, aRequest, aUsage } from '../../support/builders.ts';

export const COMPLETE = 'sluice.v1.CompletionService/Complete';

/** A telemetry whose log lines are kept. */
export interface ObservedTelemetry extends Telemetry {
  /** Lines as they were written, secrets taken out. */
  readonly lines: readonly string[];
  /** The lines with this message, parsed. */
  logged(message: string): Record<string, unknown>[];
}

export async function aTelemetry({
  metricsAddress,
  secrets = [],
  flushTimeoutMs = 5_000,
  ...config
}: Partial<TelemetryConfig> & {
  metricsAddress?: string;
  secrets?: string[];
  flushTimeoutMs?: number;
} = {}): Promise<ObservedTelemetry> {
  const lines: string[] = [];
  const telemetry = await createTelemetry({
    config: {
      serviceName: 'test',
      captureContent: false,
      otlpEndpoint: undefined,
      otlpProtocol: 'http/protobuf',
      logLevel: 'debug',
      ...config,
    },
    metricsAddress,
    redact: createRedactor(secrets).redact,
    now: Date.now,
    logSink: { write: (line) => void lines.push(line), flush: async () => {} },
    flushTimeoutMs,
  });
  return {
    ...telemetry,
    lines,
    logged: (message) => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === message),
  };
}

export function metadata(entries: Record<string, string> = {}): Metadata {
  const result = new Metadata();
  for (const [key, value] of Object.entries(entries)) result.set(key, value);
  return result;
}

export const openai: Provider = {
  ...aProvider({ name: 'openai-eu', play: () => [] }),
  telemetryName: 'openai',
  endpoint: { host: 'api.openai.test', port: 443 },
};

export function anAttempt(said: Partial<Attempt> = {}): Attempt {
  return {
    provider: 'openai-eu',
    providerModel: 'gpt-5-mini',
    startTime: undefined,
    duration: { seconds: 1, nanos: 500_000_000 },
    outcome: AttemptOutcome.SUCCEEDED,
    reason: '',
    httpStatus: 200,
    providerRequestId: 'req-1',
    ...said,
  };
}

export function anAnswer(said: Parameters<typeof CompleteResponse.fromPartial>[0] = {}): CompleteResponse {
  return CompleteResponse.fromPartial({
    id: 'call-1',
    model: 'fast',
    message: { role: Role.ASSISTANT, parts: [{ part: { $case: 'text', value: 'good day' } }] },
    finishReason: FinishReason.STOP,
    usage: aUsage(),
    execution: {
      provider: 'openai-eu',
      providerModel: 'gpt-5-mini',
      attempts: [anAttempt()],
      cacheStatus: CacheStatus.MISS,
      timeToFirstContent: { seconds: 1, nanos: 0 },
      duration: { seconds: 2, nanos: 0 },
      gatewayDuration: { seconds: 0, nanos: 5_000_000 },
    },
    ...said,
  });
}

/** Lives a call that its one attempt answers, up to its settlement. */
export function answerCall(
  rpc: RpcTelemetry,
  { model = 'gpt-5-mini', usage = aUsage(), ...said }: { model?: string; usage?: Usage } & Partial<Call> = {},
): void {
  const call = aCall({
    request: aRequest({ model: 'fast' }),
    caller: aCaller({ name: 'checkout' }),
    streamed: false,
    ...said,
  });
  const attempt = rpc.attemptStarted({ provider: openai, model }, call.request, call.streamed);
  attempt.firstContent();
  const finished = { finishReason: FinishReason.STOP, providerFinishReason: 'stop', usage };
  attempt.ended(
    anAttempt({ usage }),
    { httpStatus: 200, requestId: 'req-1', responseId: 'chatcmpl-1', responseModel: 'gpt-5-mini-2026' },
    { answered: finished },
  );
  rpc.completionSettled(call, { ending: 'finished', answer: anAnswer({ model: call.request.model, usage }) });
}
