import { encodeMessage } from '../../completion/encode-message.ts';
import { CompleteResponse } from '../../gen/sluice/v1/completion_service.ts';

/**
 * First byte of every stored answer. Raise it when answers stored before must not be used any more; fields
 * added to the contract do not need it.
 */
const VERSION = 1;

/** Encodes an answer as it is stored: the version, then the contract's own encoding. */
export function encodeStoredAnswer(answer: CompleteResponse): Buffer {
  return Buffer.concat([Uint8Array.of(VERSION), encodeMessage(CompleteResponse, answer)]);
}

/** Decodes a stored answer. Throws where it is of another version, or not an answer at all. */
export function decodeStoredAnswer(stored: Buffer): CompleteResponse {
  if (stored[0] !== VERSION) throw new Error(`Version ${stored[0]} of a stored answer is not ${VERSION}`);
  return CompleteResponse.decode(stored.subarray(1));
}
