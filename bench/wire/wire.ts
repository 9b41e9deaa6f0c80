/** How one vendor answers: the same text as all the others, in bytes that are prepared. */
export interface Wire {
  /** Finds the requests that are answered in this way, by their address. */
  address: RegExp;
  /** The header in which the vendor names the request. */
  requestIdHeader: string;
  whole: Buffer;
  /** Content type of a stream. */
  streamType: string;
  /** What comes before the first token. */
  opening: Buffer;
  token: Buffer;
  /** What comes after the last token. */
  closing: Buffer;
}

export const EVENT_STREAM = 'text/event-stream; charset=utf-8';

/** How many tokens a whole answer is said to have. */
export const OUTPUT_TOKENS = 220;
export const INPUT_TOKENS = 260;

export function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Writes an event as vendors do that do not name theirs. */
export function event(data: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(data)}\n\n`);
}

/** Writes an event as vendors do whose events are named as their `type` is. */
export function namedEvent(data: { type: string; [member: string]: unknown }): Buffer {
  return Buffer.from(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
}

export const DONE = Buffer.from('data: [DONE]\n\n');
