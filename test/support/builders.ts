import { GatewayError } from '../../src/completion/error.ts';
import type { AttemptTelemetry } from '../../src/completion/ports/attempt-telemetry.ts';
import type { Call, Caller, CallTelemetry, Outcome } from '../../src/completion/ports/call.ts';
import type { ModelFacts } from '../../src/completion/ports/catalogue.ts';
import type { Contents } from '../../src/completion/ports/contents.ts';
import type { CompletionEvent, CompletionEvents, Show } from '../../src/completion/ports/events.ts';
import type { Policy } from '../../src/completion/ports/policy.ts';
import type {
  Answer,
  ModelCapabilities,
  Provider,
  ProviderCall,
} from '../../src/completion/ports/provider.ts';
import type { Route } from '../../src/completion/ports/route.ts';
import { type ExecutionConfig, type KeyConfig, noContentPolicy } from '../../src/config/config.ts';
import {
  CompleteRequest,
  type CompleteResponse,
  FinishReason,
} from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import { CacheStatus } from '../../src/gen/sluice/v1/execution.ts';
import { Role } from '../../src/gen/sluice/v1/message.ts';
import type { Usage } from '../../src/gen/sluice/v1/usage.ts';
import { createActivity } from '../../src/routing/activity.ts';
import { createBreaker } from '../../src/routing/breaker.ts';
import { createCooldowns } from '../../src/routing/cooldowns.ts';
import type { FailOverDeps } from '../../src/routing/failover.ts';
import { createRetryBudget } from '../../src/routing/retry-budget.ts';
import type { Target } from '../../src/routing/target.ts';

/** A request with everything at its default but what is said. */
export function aRequest(said: Parameters<typeof CompleteRequest.fromPartial>[0] = {}): CompleteRequest {
  return CompleteRequest.fromPartial({ model: 'demo', prompt: 'hello', ...said });
}

/** A caller that may do everything. */
export function aCaller(said: Partial<Caller> = {}): Caller {
  return {
    name: 'anonymous',
    admin: true,
    mayUse: () => true,
    limits: {},
    endUserLimits: {},
    budgets: [],
    content: noContentPolicy,
    ...said,
  };
}

export function aCall(said: Partial<Call> = {}): Call {
  return {
    id: 'call-1',
    request: aRequest(),
    caller: aCaller(),
    streamed: true,
    arrivedAt: Date.now(),
    deadline: Number.POSITIVE_INFINITY,
    abort: new AbortController(),
    telemetry: silentTelemetry(),
    cacheStatus: CacheStatus.BYPASS,
    attempts: [],
    method: 'StreamComplete',
    savedNanoUsd: 0,
    tell() {},
    ...said,
  };
}

/** Hears everything and tells nobody; `outcomes` and `quiet` keep what was heard. */
export function silentTelemetry(): CallTelemetry & { outcomes: Outcome[]; quiet: string[] } {
  const outcomes: Outcome[] = [];
  const quiet: string[] = [];
  const attempt: AttemptTelemetry = { firstContent() {}, ended() {} };
  return {
    outcomes,
    quiet,
    cacheLookedUp() {},
    attemptStarted: () => attempt,
    embeddingStarted: () => attempt,
    embeddingSettled() {},
    completionSettled: (_, outcome) => outcomes.push(outcome),
    retryDenied() {},
    answerWithheld() {},
    failedQuietly: (what) => quiet.push(what),
  };
}

/** Lets everything pass. */
export const allContents: Contents = {
  screen: (request) => request,
  guard: (_, route) => ({ ...route, contentPolicy: '' }),
  guardEmbedding: (_, route) => route,
};

export const everything: ModelCapabilities = {
  completion: true,
  embedding: false,
  maxTemperature: 2,
  topP: true,
  topK: true,
  seed: true,
  maxStopTexts: 16,
  presencePenalty: true,
  frequencyPenalty: true,
  reasoning: true,
  tools: true,
  parallelTools: true,
  jsonObject: true,
  jsonSchema: true,
  imageInput: true,
  documentInput: true,
  audioInput: true,
  prefill: true,
};

/** One step of a provider's script: events, a wait, or a failure. */
export type Step = CompletionEvents | Error | 'hang';

/** A provider that plays a script; `calls` and `closed` tell what it was asked and how often a stream was left. */
export function aProvider({
  name = 'scripted',
  capabilities = everything,
  play,
}: {
  name?: string;
  capabilities?: ModelCapabilities;
  play: (call: ProviderCall, nth: number) => readonly Step[];
}): Provider & { calls: ProviderCall[]; closed: number } {
  const calls: ProviderCall[] = [];
  const provider = {
    name,
    kind: 'demo',
    telemetryName: 'scripted',
    endpoint: { host: 'localhost', port: 0 },
    calls,
    closed: 0,
    capabilities: () => capabilities,
    async complete(call: ProviderCall): Promise<Answer> {
      let text = '';
      let last: CompletionEvent | undefined;
      for await (const events of provider.stream(call)) {
        for (const event of events) if (event.$case === 'textDelta') text += event.value.text;
        last = events.at(-1);
      }
      if (last?.$case !== 'finished') throw new Error('the script has no end');
      const parts = [{ part: { $case: 'text' as const, value: text } }];
      const { finishReason, providerFinishReason } = last.value;
      return {
        message: { role: Role.ASSISTANT, parts, name: '' },
        finishReason,
        providerFinishReason,
        usage: aUsage(),
        warnings: [],
      };
    },
    async *stream(call: ProviderCall): AsyncGenerator<CompletionEvents> {
      calls.push(call);
      try {
        for (const step of play(call, calls.length)) {
          if (step instanceof Error) throw step;
          if (step === 'hang') await hang(call.signal);
          else yield step;
        }
      } finally {
        provider.closed += 1;
      }
    },
    listModels: async () => [],
    async close() {},
  };
  return provider;
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
}

export function aTarget(provider: Provider, said: Partial<Target> = {}): Target {
  const breaker = createBreaker({ name: provider.name, config: breakerConfig, now: Date.now });
  const activity = createActivity({ windowMs: 10_000, now: Date.now });
  const cooldowns = createCooldowns({ provider: provider.name, maxMs: 25_000, now: Date.now });
  const model = 'model-1';
  return {
    provider,
    breaker,
    cooldowns,
    places: undefined,
    rates: undefined,
    latency: undefined,
    activity,
    model,
    execution: executionConfig,
    facts: () => undefined,
    ...said,
  };
}

/** What routing takes beside a call and its targets: no retry waits for longer than it must. */
export function aRouting(said: Partial<FailOverDeps> = {}): FailOverDeps {
  const retryBudget = createRetryBudget({ config: { percentage: 20, minPerSecond: 1 }, now: Date.now });
  return { retryBudget, now: Date.now, random: () => 0, ...said };
}

/** Lets every call in. */
export const openGate: Policy = { name: 'open', admit: () => undefined };

/** A route that nobody can go. */
export function aRoute(said: Partial<Route> = {}): Route {
  return {
    targets: ['scripted/model-1'],
    quote: () => ({
      nanoUsd: 0,
      unpriced: [],
      tokens: () => 0,
      limitMs: 600_000,
      provider: 'scripted',
      providerModel: 'model-1',
    }),
    answer: () => Promise.reject(new Error('not asked for')),
    embed: () => Promise.reject(new Error('not asked for')),
    ...said,
  };
}

/** What is known of a model: nothing but what is said. */
export function facts(said: Partial<ModelFacts> = {}): ModelFacts {
  const unpriced = { nanoUsd: 0, unpriced: true, estimated: true };
  return {
    contextWindow: 0,
    maxOutputTokens: 0,
    inputPrice: undefined,
    outputPrice: undefined,
    price: () => unpriced,
    priceAtMost: () => unpriced,
    priceVersion: '',
    ...said,
  };
}

export const breakerConfig = {
  errorThresholdPercentage: 50,
  volumeThreshold: 5,
  rollingCountTimeoutMs: 10_000,
  resetTimeoutMs: 15_000,
  maxResetTimeoutMs: 25_000,
};

export const executionConfig: ExecutionConfig = {
  connectTimeoutMs: 5_000,
  firstContentTimeoutMs: undefined,
  idleTimeoutMs: 20_000,
  responseTimeoutMs: 60_000,
  totalTimeoutMs: 600_000,
  wholeAnswerTokens: 1_024,
  defaultMaxOutputTokens: 4_096,
  maxAttempts: 3,
  maxRetryDelayMs: 10_000,
  midStream: 'fail',
  unsupportedParameters: 'drop',
};

export function text(value: string): CompletionEvent {
  return { $case: 'textDelta', value: { text: value } };
}

export function finished(
  finishReason: FinishReason = FinishReason.STOP,
  usage: Usage = aUsage(),
): CompletionEvent {
  return { $case: 'finished', value: { finishReason, providerFinishReason: 'stop', usage } };
}

export function aUsage(said: Partial<Usage> = {}): Usage {
  return {
    inputTokens: 3,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 2,
    reasoningTokens: 0,
    estimated: false,
    ...said,
  };
}

export function textOf(answer: CompleteResponse | undefined): string {
  const parts = answer?.message?.parts ?? [];
  return parts.map(({ part }) => (part?.$case === 'text' ? part.value : '')).join('');
}

/** Lets something show its events to the end: what it showed, flat, and what it threw. */
export async function follow(
  run: (show: Show) => Promise<unknown>,
): Promise<{ events: CompletionEvent[]; error: unknown }> {
  const events: CompletionEvent[] = [];
  try {
    await run((batch) => {
      events.push(...batch);
      return undefined;
    });
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

/** Shows events to a caller that leaves upon the first ones. */
export function leaving(call: Call): Show {
  return () => {
    call.abort.abort(new GatewayError(ErrorReason.CANCELLED, 'The caller left.'));
    return undefined;
  };
}

/** Runs an iteration to its end: what it yielded, flat, and what it threw. */
export async function drain(
  batches: AsyncIterable<CompletionEvents>,
): Promise<{ events: CompletionEvent[]; error: unknown }> {
  const events: CompletionEvent[] = [];
  try {
    for await (const batch of batches) events.push(...batch);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

/** A key that may do everything but run the gateway. */
export function aKey(said: Partial<KeyConfig> = {}): KeyConfig {
  return {
    name: 'checkout',
    digests: [],
    certificates: [],
    models: ['*'],
    methods: undefined,
    admin: false,
    limits: {},
    endUserLimits: {},
    budgets: [],
    content: noContentPolicy,
    ...said,
  };
}
