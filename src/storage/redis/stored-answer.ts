import { encodeMessage } from '../../completion/encode-message.ts';
import { CompleteResponse } from '../../gen/sluice/v1/completion_service.ts';
import type { Lifetime } from '../lifetime.ts';

/**
 * First byte of every stored answer. Raise it when answers stored before must not be used any more; fields
 * added to the contract do not need it.
 */
const VERSION = 2;
/** The version, then `storedAt` and `ttlMs` as doubles. */
const HEADER_BYTES = 1 + 8 + 8;

/** Encodes an answer as it is stored: a header, then the contract's own encoding. */
export function encodeStoredAnswer(answer: CompleteResponse, { storedAt, ttlMs }: Lifetime): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt8(VERSION, 0);
  header.writeDoubleBE(storedAt, 1);
  header.writeDoubleBE(ttlMs, 9);
  return Buffer.concat([header, encodeMessage(CompleteResponse, answer)]);
}

/** Decodes a stored answer. Throws where it is of another version, or not an answer at all. */
export function decodeStoredAnswer(stored: Buffer): { answer: CompleteResponse; lifetime: Lifetime } {
  if (stored[0] !== VERSION) throw new Error(`Version ${stored[0]} of a stored answer is not ${VERSION}`);
  return {
    answer: CompleteResponse.decode(stored.subarray(HEADER_BYTES)),
    lifetime: { storedAt: stored.readDoubleBE(1), ttlMs: stored.readDoubleBE(9) },
  };
}
