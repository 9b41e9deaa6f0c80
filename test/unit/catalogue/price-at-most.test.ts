import { describe, expect, it } from 'vitest';
import { flatPrice, type Prices, priceAtMost, priceUsage } from '../../../src/catalogue/prices.ts';
import { seededRandom, testSeed } from '../../support/random.ts';

const SEED = testSeed();
const million = 1_000_000;

describe('the most that tokens can cost', () => {
  it(`is never less than what they turn out to cost, whatever the cache makes of them (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    const upTo = (most: number) => random.below(most + 1);
    const aPrice = () => ({
      base: upTo(30) * million,
      tiers: Array.from({ length: upTo(2) }, (_, n) => ({
        above: (n + 1) * 1_000,
        price: upTo(60) * million,
      })),
    });
    for (let n = 0; n < 2_000; n += 1) {
      const prices: Prices = { input: aPrice(), output: aPrice(), cacheRead: aPrice(), cacheWrite: aPrice() };
      const most = { inputTokens: upTo(5_000), outputTokens: upTo(5_000) };
      const inputTokens = upTo(most.inputTokens);
      const cacheReadTokens = upTo(inputTokens);
      const usage = {
        inputTokens,
        cacheReadTokens,
        cacheWriteTokens: upTo(inputTokens - cacheReadTokens),
        outputTokens: upTo(most.outputTokens),
        reasoningTokens: 0,
        estimated: false,
      };
      expect(priceAtMost(prices, most).nanoUsd).toBeGreaterThanOrEqual(priceUsage(prices, usage).nanoUsd);
    }
  });

  it('is rounded up', () => {
    const prices = {
      input: flatPrice(1),
      output: undefined,
      cacheRead: flatPrice(1),
      cacheWrite: flatPrice(1),
    };
    expect(priceAtMost(prices, { inputTokens: 1, outputTokens: 0 }).nanoUsd).toBe(1);
  });

  it('is not known without a price, nor for output that has none', () => {
    const tokens = { inputTokens: 1, outputTokens: 1 };
    const input = flatPrice(1);
    expect(priceAtMost(undefined, tokens).unpriced).toBe(true);
    expect(
      priceAtMost({ input, output: undefined, cacheRead: input, cacheWrite: input }, tokens).unpriced,
    ).toBe(true);
  });
});
