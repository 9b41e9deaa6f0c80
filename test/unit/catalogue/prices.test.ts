import { describe, expect, it } from 'vitest';
import { flatPrice, free, type Prices, priceUsage } from '../../../src/catalogue/prices.ts';
import { aUsage } from '../../support/builders.ts';

const dollars = 1_000_000_000;
const prices: Prices = {
  input: flatPrice(3 * dollars),
  output: flatPrice(15 * dollars),
  cacheRead: flatPrice(0.3 * dollars),
  cacheWrite: flatPrice(3.75 * dollars),
};

describe('the price of usage', () => {
  it('takes cached tokens out of the input, at prices of their own', () => {
    const usage = aUsage({
      inputTokens: 1_000,
      cacheReadTokens: 600,
      cacheWriteTokens: 300,
      outputTokens: 10,
    });
    // 100 x $3 + 600 x $0.30 + 300 x $3.75 + 10 x $15, a millionth of each
    expect(priceUsage(prices, usage)).toEqual({ nanoUsd: 1_755_000, unpriced: false, estimated: false });
  });

  it('takes reasoning for the part of the output that it is', () => {
    const plain = aUsage({ inputTokens: 0, outputTokens: 100 });
    expect(priceUsage(prices, { ...plain, reasoningTokens: 90 })).toEqual(priceUsage(prices, plain));
  });

  it.each([
    [200_000, 200_000 * 3_000 + 15_000],
    [200_001, 200_001 * 6_000 + 22_500],
  ])('prices all of a request with %d input tokens by the tier it is in', (inputTokens, nanoUsd) => {
    const tiered = {
      ...prices,
      input: { base: 3 * dollars, tiers: [{ above: 200_000, price: 6 * dollars }] },
      output: { base: 15 * dollars, tiers: [{ above: 200_000, price: 22.5 * dollars }] },
    };
    expect(priceUsage(tiered, aUsage({ inputTokens, outputTokens: 1 })).nanoUsd).toBe(nanoUsd);
  });

  it('takes the highest tier that the input is above', () => {
    const input = { base: 1, tiers: [100, 1_000].map((above) => ({ above, price: above * 1_000_000 })) };
    const nanoUsd = (inputTokens: number) =>
      priceUsage({ ...prices, input }, aUsage({ inputTokens, outputTokens: 0 })).nanoUsd;
    expect([nanoUsd(101), nanoUsd(1_001)]).toEqual([101 * 100, 1_001 * 1_000]);
  });

  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [1_000_001, 500_001],
  ])('rounds once, half up: half a billionth times %d is %d', (inputTokens, nanoUsd) => {
    const half = { ...prices, input: flatPrice(500_000), output: flatPrice(0) };
    expect(priceUsage(half, aUsage({ inputTokens, outputTokens: 0 })).nanoUsd).toBe(nanoUsd);
  });

  it('adds up before it rounds', () => {
    const third = flatPrice(333_333);
    const usage = aUsage({ inputTokens: 2, cacheReadTokens: 1, outputTokens: 1 });
    expect(
      priceUsage({ input: third, output: third, cacheRead: third, cacheWrite: third }, usage).nanoUsd,
    ).toBe(1);
  });

  it('is exact where a float is not', () => {
    const usage = aUsage({ inputTokens: 2_147_483_647, outputTokens: 2_147_483_647 });
    const dear = { ...prices, input: flatPrice(149_999_999_999), output: flatPrice(600_000_000_001) };
    const exact = (2_147_483_647n * 750_000_000_000n + 500_000n) / 1_000_000n;
    expect(priceUsage(dear, usage).nanoUsd).toBe(Number(exact));
  });

  it('counts no token twice where a provider tells more cached tokens than input', () => {
    const usage = aUsage({ inputTokens: 10, cacheReadTokens: 1_000, outputTokens: 0 });
    expect(priceUsage(prices, usage).nanoUsd).toBe(300_000);
  });

  it('is unknown without a price, and never free', () => {
    expect(priceUsage(undefined, aUsage())).toEqual({ nanoUsd: 0, unpriced: true, estimated: false });
    expect(priceUsage({ ...prices, output: undefined }, aUsage({ outputTokens: 1 }))).toEqual({
      nanoUsd: 0,
      unpriced: true,
      estimated: false,
    });
  });

  it('needs no price for output where there is none', () => {
    const usage = aUsage({ inputTokens: 1_000, outputTokens: 0 });
    expect(priceUsage({ ...prices, output: undefined }, usage).nanoUsd).toBe(3_000_000);
  });

  it('may be nothing, and says whether it rests on an estimate', () => {
    expect(priceUsage(free, aUsage({ estimated: true }))).toEqual({
      nanoUsd: 0,
      unpriced: false,
      estimated: true,
    });
  });
});
