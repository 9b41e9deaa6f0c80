import type { CompleteRequest } from '../../gen/sluice/v1/completion_service.ts';
import type { EmbedRequest } from '../../gen/sluice/v1/embedding_service.ts';
import type { Call, EmbeddingCall } from './call.ts';
import type { Show } from './events.ts';
import type { Embeddings } from './provider.ts';

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
  /** Input and output tokens, by an estimate. Made when it is asked for: few callers have a limit on tokens. */
  tokens(): number;
  /** How long the call can run, in milliseconds. */
  limitMs: number;
  /** The first target, by the provider's name in the configuration. */
  provider: string;
  /** Its own name of the model. */
  providerModel: string;
}

/** Vectors, and whose they are. Vectors of different models cannot be compared. */
export interface RoutedEmbeddings extends Embeddings {
  provider: string;
  providerModel: string;
}
