import type { ResponseReasoningItem } from 'openai/resources/responses/responses';
import { isObject, type JsonObject, objectsAt, stringAt } from '../../shared/json.ts';

/** Reasoning that is told in several pieces is one text, with an empty line between the pieces. */
export const BETWEEN_PIECES = '\n\n';

/** What a reasoning item shows: the reasoning itself, as open models do, or a summary of it. */
export function reasoningText(item: JsonObject): string {
  return [...objectsAt(item, 'content'), ...objectsAt(item, 'summary')]
    .map((piece) => stringAt(piece, 'text') ?? '')
    .filter((text) => text !== '')
    .join(BETWEEN_PIECES);
}

/**
 * The signature of a reasoning item: the item itself, so that it goes back as it came. A mere id, or a summary, cannot
 * go back: the provider would look for what it did not keep.
 */
export function signReasoningItem(item: JsonObject): Buffer {
  const whole = stringAt(item, 'encrypted_content') || objectsAt(item, 'content').length > 0;
  return whole ? Buffer.from(JSON.stringify(item)) : Buffer.alloc(0);
}

/** The item that a signature holds. None where it is the signature of another vendor. */
export function restoreReasoningItem(signature: Buffer): ResponseReasoningItem[] {
  const item = parseItem(signature);
  return item ? [item] : [];
}

function parseItem(signature: Buffer): ResponseReasoningItem | undefined {
  try {
    const item: unknown = JSON.parse(signature.toString('utf8'));
    // What else such an item holds is between the caller and the provider.
    return isObject(item) && item['type'] === 'reasoning'
      ? (item as unknown as ResponseReasoningItem)
      : undefined;
  } catch {
    return undefined;
  }
}
