import type { CompleteRequest, FinishReason, Warning } from '../../gen/sluice/v1/completion_service.ts';
import type { Embedding, EmbeddingPurpose } from '../../gen/sluice/v1/embedding_service.ts';
import type { Message } from '../../gen/sluice/v1/message.ts';
import type { Usage } from '../../gen/sluice/v1/usage.ts';
import type { CompletionEvents } from './events.ts';

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
