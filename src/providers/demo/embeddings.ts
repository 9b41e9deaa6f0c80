import { invalidRequest } from '../../completion/error.ts';
import type { EmbedCall, Embeddings } from '../../completion/ports/provider.ts';
import { unreportedUsage } from '../shared/usage.ts';
import { tokensOf } from './answer.ts';

/**
 * Turns texts into vectors of length 1: the same text into the same vector, and texts that share words into close ones.
 *
 * @throws GatewayError INVALID_REQUEST for a number of dimensions below 1 or above 4096.
 */
export function embeddingsOf({ texts, dimensions = DIMENSIONS }: EmbedCall): Embeddings {
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    throw invalidRequest('dimensions', `is ${dimensions}; the demo provider has 1 to ${MAX_DIMENSIONS}.`);
  }
  return {
    embeddings: texts.map((text) => ({ values: vectorOf(text, dimensions) })),
    usage: {
      ...unreportedUsage(),
      inputTokens: texts.reduce((sum, text) => sum + tokensOf(text), 0),
      estimated: false,
    },
    warnings: [],
  };
}

const DIMENSIONS = 64;

const MAX_DIMENSIONS = 4096;

/** How many components a word bears on, so that few words are all alike. */
const COMPONENTS_OF_WORD = 4;

function vectorOf(text: string, dimensions: number): number[] {
  const values = new Array<number>(dimensions).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    for (let nth = 0; nth < COMPONENTS_OF_WORD; nth++) {
      const hash = hashOf(word, nth);
      const at = hash % dimensions;
      values[at] = (values[at] ?? 0) + (hash & 0x40000000 ? 1 : -1);
    }
  }
  const length = Math.hypot(...values);
  // A text without words, or whose words cancel each other out, still has a direction.
  return length === 0 ? values.with(0, 1) : values.map((value) => value / length);
}

/** FNV-1a, begun elsewhere for each component. */
function hashOf(word: string, nth: number): number {
  let hash = 0x811c9dc5 + nth;
  for (let at = 0; at < word.length; at++) {
    hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
