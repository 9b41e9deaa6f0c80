import type {
  CompleteRequest,
  CompleteResponse,
  Finished,
  FinishReason,
  StreamCompleteResponse,
  Warning,
} from '../gen/sluice/v1/completion_service.ts';
import type { Attempt, CacheStatus } from '../gen/sluice/v1/execution.ts';
import type { Message } from '../gen/sluice/v1/message.ts';
import type { Usage } from '../gen/sluice/v1/usage.ts';
import type { GatewayError } from './error.ts';

// What the life of a call needs from the outside. Machinery (vendors' SDKs, Redis, OpenTelemetry, gRPC)
// implements these; nothing here knows of any machinery.

/** One event of a completion, in the contract's own words. */
export type CompletionEvent = NonNullable<StreamCompleteResponse['event']>;

/**
 * Events that became ready together, such as all that one network read brought. An empty batch says that the
 * provider is alive but has nothing to show yet (a ping, a lifecycle event).
 */
export type CompletionEvents = readonly CompletionEvent[];

/** What a provider answered, whole. Adjacent text parts may be split or joined: folding evens that out. */
export interface Answer {
  message: Message;
  finishReason: FinishReason;
  providerFinishReason: string;
  usage: Usage;
  warnings: Warning[];
}

/** What the provider's response told about itself, beside the answer. */
export interface ResponseFacts {
  httpStatus?: number;
  /** The provider's id of the HTTP request. */
  requestId?: string;
  /** The provider's id of the completion. */
  responseId?: string;
  /** The model that the provider says has answered. */
  responseModel?: string;
}

/** A completion as one provider is asked for it. */
export interface ProviderCall {
  /** The provider's own name of the model. */
  model: string;
  /** The request, already fitted to the model's {@link ModelCapabilities}. */
  request: CompleteRequest;
  /** The request's `provider_options` for this provider's kind, merged into the vendor's request as they are. */
  options: Readonly<Record<string, unknown>> | undefined;
  /** Output limit for vendors that insist on one, where the request has none. */
  defaultMaxOutputTokens: number;
  /** Aborts when the caller leaves or a timer runs out; the provider's socket is closed at once. */
  signal: AbortSignal;
  /** Tells what is known of the response so far; may be called several times. */
  report(facts: ResponseFacts): void;
}

/** What a model takes. What it does not take is dropped with a warning or refused, as the request says. */
export interface ModelCapabilities {
  /** Upper end of the temperature range; 0 where the model takes none. */
  maxTemperature: number;
  topP: boolean;
  topK: boolean;
  seed: boolean;
  /** How many stop texts; 0 where the model takes none. */
  maxStopTexts: number;
  presencePenalty: boolean;
  frequencyPenalty: boolean;
  /** Whether `reasoning` can be asked for. */
  reasoning: boolean;
  tools: boolean;
  /** Whether the model may call several tools at once. */
  parallelTools: boolean;
  jsonObject: boolean;
  jsonSchema: boolean;
  imageInput: boolean;
  documentInput: boolean;
  audioInput: boolean;
  /** Whether the model continues a text that the request begins for it. */
  prefill: boolean;
}

/**
 * One configured provider. Both methods throw only {@link GatewayError}, except after `call.signal` aborted,
 * when they may throw anything: whoever aborted knows why.
 */
export interface Provider {
  /** Name in the configuration. */
  readonly name: string;
  /** Kind in the configuration, such as `openai`. */
  readonly kind: string;
  /** Well-known value of the attribute `gen_ai.provider.name`. */
  readonly telemetryName: string;
  /** Where its requests go, for `server.address` and `server.port`. */
  readonly endpoint: { readonly host: string; readonly port: number };
  capabilities(model: string): ModelCapabilities;
  /** Asks for a whole answer. */
  complete(call: ProviderCall): Promise<Answer>;
  /**
   * Asks for a stream. The last event of the last batch is `finished`, with reason and usage only; a provider
   * stream that ends without its own end mark throws instead.
   */
  stream(call: ProviderCall): AsyncIterable<CompletionEvents>;
  /** Closes idle connections. Calls still running are not cut. */
  close(): Promise<void>;
}

/**
 * Keeps whole answers. It never fails and never makes a call wait: whatever goes wrong underneath is a miss
 * within 50 ms, reported by the implementation with bounded logging.
 */
export interface AnswerCache {
  get(key: CacheKey): Promise<CompleteResponse | undefined>;
  /** Stores in the background; {@link AnswerCache.close} waits for what is under way. */
  set(key: CacheKey, answer: CompleteResponse, ttlMs: number): void;
  /** Forgets the answers of a model, or all where it is empty. Throws a GatewayError where it cannot. */
  purge(model: string): Promise<number>;
  close(): Promise<void>;
}

export interface CacheKey {
  /** The model, as asked for: what PurgeCache selects by. */
  model: string;
  /** Digest over everything that can change the answer, in hexadecimal. */
  digest: string;
}

/**
 * Takes part in deciding whether a call may run, and hears how it ended: access, rates, budgets. `admit` throws a
 * {@link GatewayError} to refuse; what it returns is called exactly once, however the call ends, also where a later
 * policy refuses it.
 */
export interface Policy {
  readonly name: string;
  admit(call: Call): Settle | undefined | Promise<Settle | undefined>;
}

export type Settle = (outcome: Outcome) => void | Promise<void>;

/** Finds providers that answer a call. Yields `started` with the first content, and ends with `finished`. */
export interface Router {
  /**
   * What a model's name stands for, as far as it can change an answer; part of the cache key.
   *
   * @throws GatewayError MODEL_NOT_FOUND
   */
  resolve(model: string): Route;
}

export interface Route {
  /** `provider/model` of every target, in order. */
  readonly targets: readonly string[];
  answer(call: Call): AsyncIterable<CompletionEvents>;
}

/** A source of time: milliseconds since the epoch. Handed in, so that tests own it. */
export type Now = () => number;

/** Follows one RPC for traces, metrics and logs. Created when the call arrives, by whoever speaks its protocol. */
export interface CallTelemetry {
  /** The cache was asked; `durationMs` is what that took. */
  cacheLookedUp(status: CacheStatus, durationMs: number): void;
  /** A provider is about to be tried. */
  attemptStarted(target: AttemptedTarget, request: CompleteRequest, streamed: boolean): AttemptTelemetry;
  /** The call came to its one end. */
  completionSettled(call: Call, outcome: Outcome): void;
  /** Something went wrong that the caller does not see, such as a settlement that failed. */
  failedQuietly(what: string, error: unknown): void;
}

export interface AttemptedTarget {
  provider: Provider;
  /** The provider's own name of the model. */
  model: string;
}

export interface AttemptTelemetry {
  firstContent(): void;
  /** The attempt is over; `finished` where it answered, `error` where it failed. */
  ended(attempt: Attempt, facts: ResponseFacts, result: { finished?: Finished; error?: GatewayError }): void;
}

/** Who calls. */
export interface Caller {
  /** Name of the caller's key in the configuration, or `anonymous`. Cached answers are never shared beyond it. */
  name: string;
}

/** One call of Complete or StreamComplete, from its arrival to its settlement. */
export interface Call {
  /** Id of the completion, for logs, traces and usage records. */
  id: string;
  request: CompleteRequest;
  caller: Caller;
  /** Whether the caller sees events as they come; otherwise only the folded answer is shown. */
  streamed: boolean;
  /** When it arrived, in milliseconds since the epoch. */
  arrivedAt: number;
  /** The caller's deadline in milliseconds since the epoch; Infinity where there is none. */
  deadline: number;
  /** Ends the call early; the reason is a {@link GatewayError}. */
  abort: AbortController;
  telemetry: CallTelemetry;
  /** What the cache said, once it was asked. */
  cacheStatus: CacheStatus;
  /** Every try at a provider so far, in order. Routing adds to it. */
  readonly attempts: Attempt[];
}

/** How a call came to its end. Every call has exactly one. */
export type Outcome =
  | { ending: 'finished'; answer: CompleteResponse }
  /** `partial` is what had been said by then, with the attempts in its `execution`. */
  | { ending: 'failed'; error: GatewayError; partial: CompleteResponse };
