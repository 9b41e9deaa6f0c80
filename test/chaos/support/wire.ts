import type { VendorError } from './fault.ts';
import type { Reply, Wishes } from './reply.ts';

/** What is read of a request. */
export interface Question extends Wishes {
  model: string;
  /** What the user said last. */
  prompt: string;
  /** What the request begins of the answer; empty where it does not. */
  prefix: string;
  streamed: boolean;
}

export interface Counted {
  inputTokens: number;
  outputTokens: number;
}

/** What is said of an answer beside its content. */
export interface Closing extends Counted {
  filtered: boolean;
}

/** How a vendor's API is spoken. Texts are bodies, or server-sent events. */
export interface Wire {
  /** Kind of a provider that speaks it. */
  readonly kind: 'openai-compatible' | 'anthropic';
  /** A model of which the gateway knows what it takes. */
  readonly model: string;
  /** Where the address of a provider ends. */
  readonly basePath: string;
  // biome-ignore lint/suspicious/noExplicitAny: what the gateway sends is for the tests to look at
  read(body: any): Question;
  whole(reply: Reply, closing: Closing): string;
  opening(counted: Counted): string;
  /** One text per piece of the reply. */
  pieces(reply: Reply): string[];
  /** Why it ends, and usage. */
  closing(closing: Closing, reply: Reply): string;
  /** The end mark. */
  mark: string;
  error(error: VendorError): string;
  errorEvent(error: VendorError): string;
}
