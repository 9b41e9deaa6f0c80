/** Randomness that a seed repeats: print the seed, and a failure can be had again. */
export interface Random {
  /** From 0, below 1. */
  next(): number;
  /** A whole number from 0, below the limit. */
  below(limit: number): number;
  word(length: number): string;
  /** Cuts a text into one or more pieces, none of them empty. */
  split(text: string): string[];
}

/** Mulberry32, by Tommy Ettinger: small, and good enough to shuffle test data. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const letters = 'abcdefghij klmnöß€😀';
  return {
    next,
    below,
    word: (length) => Array.from({ length }, () => letters.charAt(below(letters.length))).join(''),
    split(text) {
      const pieces: string[] = [];
      for (let at = 0; at < text.length; ) {
        const end = Math.min(text.length, at + 1 + below(8));
        pieces.push(text.slice(at, end));
        at = end;
      }
      return pieces;
    },
  };
}

/** A seed that differs from run to run, unless the environment names one: name it in the test, so that it can be had again. */
export function testSeed(): number {
  return Number(process.env['SEED'] ?? Date.now() % 1e9);
}
