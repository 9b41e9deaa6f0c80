import type { KeyConfig } from '../config/config.ts';
import type {
  CompleteRequest,
  CompleteResponse,
  Finished,
  FinishReason,
  StreamCompleteResponse,
  Warning,
} from '../gen/sluice/v1/completion_service.ts';
import type {
  Embedding,
  EmbeddingPurpose,
  EmbedRequest,
  EmbedResponse,
} from '../gen/sluice/v1/embedding_service.ts';
import type { Attempt, CacheStatus } from '../gen/sluice/v1/execution.ts';
import type { Message } from '../gen/sluice/v1/message.ts';
import type { Cost, Usage } from '../gen/sluice/v1/usage.ts';
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

/**
 * Shows events to the caller. A promise asks to wait, until the caller has caught up or left; it never rejects, and
 * nothing is thrown: a caller that is gone has aborted the call.
 */
export type Show = (events: CompletionEvents) => Promise<void> | undefined;

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
  /** What it has told of the tokens used before the end: what is billed for an answer that has none. */
  usage?: Partial<Usage>;
}

/** How long whoever asks a provider waits for it. */
export interface Patience {
  /** Aborts when the caller leaves or a timer runs out; the provider's socket is closed at once. */
  signal: AbortSignal;
  /** Limit on opening a connection, in milliseconds. Default: the provider's. No timer runs where one is open already. */
  connectTimeoutMs?: number;
}

/** A completion as one provider is asked for it. */
export interface ProviderCall extends Patience {
  /** The provider's own name of the model. */
  model: string;
  /** The request, already fitted to the model's {@link ModelCapabilities}. */
  request: CompleteRequest;
  /** The request's `provider_options` for this provider's kind, merged into the vendor's request as they are. */
  options: Readonly<Record<string, unknown>> | undefined;
  /** Output limit for vendors that insist on one, where the request has none. */
  defaultMaxOutputTokens: number;
  /** What to do with a wish that turns out not to have words in the vendor's request. Default drop, with a warning. */
  unsupported?: 'drop' | 'reject';
  /** Tells what is known of the response so far; may be called several times. */
  report(facts: ResponseFacts): void;
}

/** Texts as one provider is asked to turn them into vectors. */
export interface EmbedCall extends Patience {
  /** The provider's own name of the model. */
  model: string;
  texts: readonly string[];
  /** Length of the vectors; undefined: the model's own. */
  dimensions: number | undefined;
  purpose: EmbeddingPurpose;
  /** The caller's id of its own user; empty where there is none. */
  endUser: string;
  /** As in {@link ProviderCall}. */
  report(facts: ResponseFacts): void;
}

/** What texts became. */
export interface Embeddings {
  /** One per text, in the order of the texts. */
  embeddings: Embedding[];
  usage: Usage;
  /** What the call asked for that the model cannot do. */
  warnings: Warning[];
}

/** What a model takes. What it does not take is dropped with a warning or refused, as the request says. */
export interface ModelCapabilities {
  /** Whether it completes conversations at all. */
  completion: boolean;
  /** Whether it turns texts into vectors. */
  embedding: boolean;
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
 * One configured provider. Its methods throw only {@link GatewayError}, except after `call.signal` aborted,
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
  /** Turns texts into vectors, in as many requests as the vendor's limits take. Absent where the vendor has none. */
  embed?(call: EmbedCall): Promise<Embeddings>;
  /**
   * Counts the input tokens of a request exactly: by the vendor's own endpoint, which is free, or by the model's own
   * tokenizer. Undefined where that cannot be done for this model or this request; absent where never.
   */
  countTokens?(call: ProviderCall): Promise<number | undefined>;
  /** Names the models that the vendor offers with this key: a real request that costs nothing. */
  listModels(patience: Patience): Promise<string[]>;
  /** Closes idle connections. Calls still running are not cut. */
  close(): Promise<void>;
}

/**
 * Keeps whole answers. It never fails and never makes a call wait: whatever goes wrong underneath is a miss
 * within 50 ms, reported by the implementation with bounded logging.
 */
export interface AnswerCache {
  /** One look-up for both: an answer past its time is then in hand when the providers fail. */
  get(key: CacheKey): Promise<StoredAnswer | undefined>;
  /**
   * Stores in the background; {@link AnswerCache.close} waits for what is under way. The answer is fresh for `ttlMs`,
   * and kept for as long as the cache was made to keep stale ones, where that is longer.
   */
  set(key: CacheKey, answer: CompleteResponse, ttlMs: number): void;
  /** Forgets the answers of a model, or all where it is empty, stale ones too. Throws a GatewayError where it cannot. */
  purge(model: string): Promise<number>;
  close(): Promise<void>;
}

/** An answer as a cache gives it back. */
export interface StoredAnswer {
  answer: CompleteResponse;
  /** Time since it was stored, in milliseconds. */
  ageMs: number;
  /** Whether it may be replayed. Otherwise it is stale: past its time, and good only where there is no other. */
  fresh: boolean;
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
  admit(call: AnyCall, route: Route): Settle | undefined | Promise<Settle | undefined>;
}

/** Books a call that has ended, once, whether or not the policies let it run. Neither throws nor waits. */
export type Close = (call: AnyCall, outcome: Outcome<AnyAnswer>) => void;

export type Settle = (outcome: Outcome<AnyAnswer>) => void | Promise<void>;

/** Finds providers that answer a call. */
export interface Router {
  /**
   * What a request's model and its fallbacks stand for.
   *
   * @throws GatewayError MODEL_NOT_FOUND
   */
  resolve(request: CompleteRequest | EmbedRequest): Route;
}

export interface Route {
  /** `provider/model` of every target, in the order of the configuration: what can change an answer. */
  readonly targets: readonly string[];
  /** Says beforehand what a request can take. */
  quote(request: CompleteRequest | EmbedRequest): Quote;
  /**
   * Shows an answer: `started` with the first content, `finished` at the end.
   *
   * @throws GatewayError
   */
  answer(call: Call, show: Show): Promise<void>;
  /** @throws GatewayError */
  embed(call: EmbeddingCall): Promise<RoutedEmbeddings>;
}

/** What a request can take, before it is made. */
export interface Quote {
  /** The most that one attempt can cost, in billionths of a US dollar, at the dearest target whose price is known. */
  nanoUsd: number;
  /** Targets whose price is not known, as `provider/model`. */
  unpriced: readonly string[];
  /** Input and output tokens, by an estimate. */
  tokens: number;
  /** How long the call can run, in milliseconds. */
  limitMs: number;
  /** The first target, by the provider's name in the configuration. */
  provider: string;
  /** Its own name of the model. */
  providerModel: string;
}

/** Looks after what is said to providers and what they answer, as the policies of key and model say. */
export interface Contents {
  /**
   * The request as a provider may see it.
   *
   * @throws GatewayError as {@link Contents.guard}
   */
  screen(request: CompleteRequest, caller: Caller): CompleteRequest;
  /**
   * The route of a completion by which nothing goes to a provider, or comes back, that may not.
   *
   * @throws GatewayError INVALID_REQUEST or CONTENT_BLOCKED, where the request itself may not be sent.
   */
  guard(call: Call, route: Route): GuardedRoute;
  /**
   * The same for texts that are embedded.
   *
   * @throws GatewayError INVALID_REQUEST
   */
  guardEmbedding(call: EmbeddingCall, route: Route): Route;
}

export interface GuardedRoute extends Route {
  /** The policies as a text, for they can change an answer; empty where there are none. */
  readonly contentPolicy: string;
}

/** Vectors, and whose they are. Vectors of different models cannot be compared. */
export interface RoutedEmbeddings extends Embeddings {
  provider: string;
  providerModel: string;
}

/** What is known of models beside what their adapters declare: sizes and prices. */
export interface ModelCatalogue {
  /** Undefined where nothing is known. `provider` is a name in the configuration, `model` the provider's own name. */
  find(target: { provider: string; model: string }): ModelFacts | undefined;
}

export interface ModelFacts {
  /** Input and output together, in tokens. 0 where unknown. */
  contextWindow: number;
  /** Upper bound on output tokens. 0 where unknown. */
  maxOutputTokens: number;
  /** Price of a million input tokens, in billionths of a US dollar; undefined where unknown. */
  inputPrice: number | undefined;
  /** Price of a million output tokens, in billionths of a US dollar; undefined where unknown. */
  outputPrice: number | undefined;
  /** Prices tokens by the tiers that hold for this usage; `unpriced` where no price is known. */
  price(usage: Usage): Cost;
  /**
   * The most that so many tokens can cost, whatever the vendor's prompt cache makes of them. Not less than
   * {@link ModelFacts.price} of any usage with at most as many of both.
   */
  priceAtMost(tokens: { inputTokens: number; outputTokens: number }): Cost;
  /** What the prices rest on, such as `genai-prices 0.1.8` or `configuration`; empty where none is known. */
  priceVersion: string;
}

/** A source of time: milliseconds since the epoch. Handed in, so that tests own it. */
export type Now = () => number;

/** Follows one RPC for traces, metrics and logs. Created when the call arrives, by whoever speaks its protocol. */
export interface CallTelemetry {
  /** The cache was asked; `durationMs` is what that took. */
  cacheLookedUp(status: CacheStatus, durationMs: number): void;
  /** A provider is about to be tried. */
  attemptStarted(target: AttemptedTarget, request: CompleteRequest, streamed: boolean): AttemptTelemetry;
  /** A provider is about to be asked for vectors. */
  embeddingStarted(target: AttemptedTarget, request: EmbedRequest): AttemptTelemetry;
  /** A provider is not asked again, since the process has used up its retries. */
  retryDenied(provider: string): void;
  /** The call came to its one end. */
  completionSettled(call: Call, outcome: Outcome): void;
  /** The answer holds what was kept from the provider: no trace is to record it. */
  answerWithheld(): void;
  /** The same for a call of Embed. */
  embeddingSettled(call: EmbeddingCall, outcome: Outcome<EmbedResponse>): void;
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
  /** The attempt is over; `answered` where it answered, `error` where it failed. */
  ended(
    attempt: Attempt,
    facts: ResponseFacts,
    result: { answered?: ProviderAnswered; error?: GatewayError },
  ): void;
}

/** How a provider ended an answer. Only completions have a reason to finish. */
export type ProviderAnswered = Pick<Finished, 'usage'> & Partial<Pick<Finished, 'finishReason'>>;

/** Who calls. */
export interface Caller extends Pick<KeyConfig, 'limits' | 'endUserLimits' | 'budgets' | 'content'> {
  /** Name of the caller's key in the configuration, or `anonymous`. Cached answers are never shared beyond it. */
  name: string;
  /** Whether it may run the gateway, and see everybody's usage. */
  admin: boolean;
  /** Whether it may ask for a model: an alias or `provider/model`, as it is asked for. */
  mayUse(model: string): boolean;
}

/** What calls of all kinds have, from their arrival to their settlement. */
export interface AnyCall {
  /** Id of the call, for logs, traces and usage records. */
  id: string;
  request: CompleteRequest | EmbedRequest;
  /** Name of the method, such as `StreamComplete`. */
  method: string;
  caller: Caller;
  /** When it arrived, in milliseconds since the epoch. */
  arrivedAt: number;
  /** The caller's deadline in milliseconds since the epoch; Infinity where there is none. */
  deadline: number;
  /** Ends the call early; the reason is a {@link GatewayError}. */
  abort: AbortController;
  telemetry: CallTelemetry;
  /** Every try at a provider so far, in order. Routing adds to it. */
  readonly attempts: Attempt[];
  /** What the answer saves, where it comes from the cache, in billionths of a US dollar. */
  savedNanoUsd: number;
  /**
   * Sees to it, before one more attempt is made after others, that it is paid for: `request` is what that attempt asks, which
   * is longer than the call's own where it goes on with what was said before. Undefined where nothing holds the call.
   *
   * @throws GatewayError BUDGET_EXHAUSTED
   */
  cover?: (request: CompleteRequest | EmbedRequest) => Promise<void>;
  /** Tells the caller something beside the answer, in a trailer; several under one name are several values. */
  tell(name: string, value: string): void;
}

/** One call of Complete or StreamComplete. */
export interface Call extends AnyCall {
  request: CompleteRequest;
  /** Whether the caller sees events as they come; otherwise only the folded answer is shown. */
  streamed: boolean;
  /** What the cache said, once it was asked. */
  cacheStatus: CacheStatus;
}

/** One call of Embed. */
export interface EmbeddingCall extends AnyCall {
  request: EmbedRequest;
}

/** What the answers to calls of all kinds tell of themselves. */
export type AnyAnswer = Pick<
  CompleteResponse | EmbedResponse,
  'id' | 'usage' | 'cost' | 'execution' | 'warnings'
>;

/** How a call came to its end. Every call has exactly one. */
export type Outcome<Answered extends AnyAnswer = CompleteResponse> =
  | { ending: 'finished'; answer: Answered }
  /** `partial` is what had been said by then, with the attempts in its `execution`. */
  | { ending: 'failed'; error: GatewayError; partial: Answered };
