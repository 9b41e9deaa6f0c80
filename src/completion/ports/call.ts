import type { KeyConfig } from '../../config/config.ts';
import type { CompleteRequest, CompleteResponse } from '../../gen/sluice/v1/completion_service.ts';
import type { EmbedRequest, EmbedResponse } from '../../gen/sluice/v1/embedding_service.ts';
import type { Attempt, CacheStatus } from '../../gen/sluice/v1/execution.ts';
import type { GatewayError } from '../error.ts';
import type { AttemptedTarget, AttemptTelemetry } from './attempt-telemetry.ts';

// What the life of a call needs from the outside. Machinery (vendors' SDKs, Redis, OpenTelemetry, gRPC)
// implements these; nothing here knows of any machinery.

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
