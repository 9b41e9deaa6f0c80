import type { Cost, Usage } from '../gen/sluice/v1/usage.ts';

/** What a million tokens cost, in billionths of a US dollar. */
export interface Price {
  base: number;
  /** Dearer prices of long requests, ascending: one holds for all tokens of a request with more input than `above`. */
  tiers: readonly { above: number; price: number }[];
}

export interface Prices {
  input: Price;
  /** Undefined where the model has no output, such as one that embeds. */
  output: Price | undefined;
  cacheRead: Price;
  cacheWrite: Price;
}

/** Makes a price that is the same for requests of any length. */
export function flatPrice(base: number): Price {
  return { base, tiers: [] };
}

export const free: Prices = {
  input: flatPrice(0),
  output: flatPrice(0),
  cacheRead: flatPrice(0),
  cacheWrite: flatPrice(0),
};

/**
 * Prices tokens in whole numbers all the way: billionths of a dollar for a million tokens, times tokens, summed up and
 * divided by a million once, rounded half up. Tokens without a known price leave the whole unpriced.
 */
export function priceUsage(prices: Prices | undefined, usage: Usage): Cost {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, estimated } = usage;
  if (!prices || (!prices.output && outputTokens > 0)) return { nanoUsd: 0, unpriced: true, estimated };
  const { input, output, cacheRead, cacheWrite } = prices;
  // Cached tokens are part of the input.
  const uncached = Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens);
  const sum =
    amount(uncached, input) +
    amount(cacheReadTokens, cacheRead) +
    amount(cacheWriteTokens, cacheWrite) +
    (output ? amount(outputTokens, output) : 0n);
  return { nanoUsd: Number((sum + half) / million), unpriced: false, estimated };

  function amount(tokens: number, { base, tiers }: Price): bigint {
    const price = tiers.findLast(({ above }) => inputTokens > above)?.price ?? base;
    return BigInt(tokens) * BigInt(price);
  }
}

/**
 * The most that tokens can cost: as if all of the input were of the dearest kind, cached or not, and in the dearest tier
 * that so much input may be in.
 */
export function priceAtMost(
  prices: Prices | undefined,
  { inputTokens, outputTokens }: { inputTokens: number; outputTokens: number },
): Cost {
  if (!prices || (!prices.output && outputTokens > 0)) return { nanoUsd: 0, unpriced: true, estimated: true };
  const { input, output, cacheRead, cacheWrite } = prices;
  const sum =
    BigInt(inputTokens) * BigInt(Math.max(dearest(input), dearest(cacheRead), dearest(cacheWrite))) +
    (output ? BigInt(outputTokens) * BigInt(dearest(output)) : 0n);
  // Rounded up, so that it stays the most.
  return { nanoUsd: Number((sum + million - 1n) / million), unpriced: false, estimated: true };

  function dearest({ base, tiers }: Price): number {
    return Math.max(base, ...tiers.filter(({ above }) => inputTokens > above).map(({ price }) => price));
  }
}

const million = 1_000_000n;
const half = million / 2n;
