import { normalize, withoutLeetspeak } from './normalize.ts';
import { type Sign, signs } from './signs.ts';

/**
 * Scores how much a text looks like an attempt to override the system message, from 0 to 1: 1 − ∏(1 − w) over the weights
 * of the signs that it has, each once, as independent reasons to believe so combine. Only signs are known, no meaning: who
 * writes about such attempts scores too, and who finds new words does not.
 */
export function scoreInjection(text: string): number {
  const plain = normalize(text);
  const spellings = [plain, withoutLeetspeak(plain), ...decodedParts(text).map(normalize)].filter(
    (spelling) => spelling !== undefined,
  );
  return Math.max(...spellings.map(scoreSpelling));
}

/** Compiles the signs' patterns, which takes a quarter of a second once, before a call has to wait for it. */
export function prepareScoring(): void {
  // Node compiles a pattern twice: for texts of Latin-1, and for others.
  scoreSpelling('a');
  scoreSpelling('漢');
}

function scoreSpelling(text: string): number {
  const innocence = signs.reduce((product, sign) => product * (has(sign, text) ? 1 - sign.weight : 1), 1);
  return 1 - innocence;
}

function has({ pattern }: Sign, text: string): boolean {
  return pattern.test(text);
}

/** What stands in the text in base64 and is a text itself: of the first few such words, since more is no message. */
function decodedParts(text: string): string[] {
  const words = text.match(/[A-Za-z0-9+/]{32,8192}={0,2}/g) ?? [];
  return words.slice(0, MOST_ENCODED).flatMap((word) => {
    const decoded = Buffer.from(word, 'base64').toString();
    return /^[\p{L}\p{N}\p{P}\p{S}\s]+$/u.test(decoded) && decoded.includes(' ') ? [decoded] : [];
  });
}

const MOST_ENCODED = 8;
