/** What a provider does wrong with one request. Numbers of pieces are those of the reply that are sent before it. */
export type Fault =
  | { is: 'none' }
  /** The connection is reset. */
  | { is: 'reset'; when: 'before headers' | 'after headers' }
  /** The request is taken, and never answered. */
  | { is: 'silent' }
  /** The first content comes after a while. */
  | { is: 'slow'; ms: number }
  /** The connection ends inside of the answer. */
  | { is: 'cut'; after: Place; how: 'closed' | 'reset' | 'inside an event' | 'inside a character' }
  /** Nothing more comes, though the connection stays. */
  | { is: 'stalled'; after: Place }
  /** An event, or the whole answer, cannot be read. */
  | { is: 'malformed'; after: Place }
  /** The stream ends in good order without its end mark, or without all that should stand at its end. */
  | { is: 'unended'; lacks: 'mark' | 'everything' }
  /** An HTTP status with the vendor's error. */
  | { is: 'refused'; status: number; error: VendorError; headers?: Record<string, string> }
  /** A page of HTML, as proxies and wrong addresses answer. */
  | { is: 'page'; status: number }
  /** Status 200 and no body. */
  | { is: 'empty' }
  /** Status 200 and the vendor's error in the body; in a stream as an event, after some pieces. */
  | { is: 'error inside'; after: Place; error: VendorError }
  /** The vendor's filter stops the answer, which is no failure. */
  | { is: 'filtered'; after: Place }
  /** The model does not take an answer that is begun for it. Of no effect on other requests. */
  | { is: 'refuses prefill' }
  /** The model says the last words again before it goes on. Of no effect unless it continues an answer. */
  | { is: 'repeats'; words: number };

/** A number of pieces, or the middle of a part of the reply. */
export type Place = number | 'reasoning' | 'tool call';

/** An error as a vendor describes it. */
export interface VendorError {
  type: string;
  code: string | null;
  message: string;
}

export const none: Fault = { is: 'none' };

const serverError: VendorError = { type: 'server_error', code: null, message: 'The server had an error.' };

export function fails(status: number, headers?: Record<string, string>): Fault {
  return { is: 'refused', status, error: serverError, ...(headers && { headers }) };
}

/** `headers` say, in one of the ways that there are, when to come back. */
export function limitsRate(headers?: Record<string, string>): Fault {
  const error = { type: 'rate_limit_error', code: null, message: 'Too many requests.' };
  return { is: 'refused', status: 429, error, ...(headers && { headers }) };
}

export const contextTooLong: Fault = {
  is: 'refused',
  status: 400,
  error: {
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
    // Anthropic has no code for it.
    message: 'prompt is too long: 250000 tokens > 200000 maximum',
  },
};

export const contentBlocked: Fault = {
  is: 'refused',
  status: 400,
  error: {
    type: 'invalid_request_error',
    code: 'content_filter',
    message: 'Output blocked by content filtering policy',
  },
};

export const wrongKey: Fault = {
  is: 'refused',
  status: 401,
  error: { type: 'authentication_error', code: 'invalid_api_key', message: 'Incorrect API key provided.' },
};

export function errorInside(after: Place): Fault {
  return { is: 'error inside', after, error: serverError };
}
