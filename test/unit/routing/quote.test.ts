import { describe, expect, it } from 'vitest';
import { mostInputTokens } from '../../../src/completion/estimate-tokens.ts';
import { quote } from '../../../src/routing/quote.ts';
import { aProvider, aRequest, aTarget, facts } from '../../support/builders.ts';

/** A target whose tokens cost a billionth each for input, and a million for output. */
function aPricedTarget(said: Parameters<typeof facts>[0] = {}) {
  const known = facts({
    ...said,
    priceAtMost: ({ inputTokens, outputTokens }) => ({
      nanoUsd: inputTokens + 1_000_000 * outputTokens,
      unpriced: false,
      estimated: true,
    }),
  });
  return aTarget(aProvider({ play: () => [] }), { facts: () => known });
}

/** The most output that is quoted for. */
function mostOutput(said: Parameters<typeof aRequest>[0], known: Parameters<typeof facts>[0] = {}): number {
  const request = aRequest(said);
  const { nanoUsd } = quote(request, [aPricedTarget(known)]);
  expect(nanoUsd % 1_000_000).toBe(mostInputTokens(request));
  return Math.floor(nanoUsd / 1_000_000);
}

describe('the most that a request can cost', () => {
  it("has as much output as the request allows, and no more than the model's", () => {
    expect(mostOutput({ maxOutputTokens: 10 }, { maxOutputTokens: 1_000 })).toBe(10);
    expect(mostOutput({ maxOutputTokens: 5_000 }, { maxOutputTokens: 1_000 })).toBe(1_000);
    expect(mostOutput({}, { maxOutputTokens: 1_000 })).toBe(1_000);
  });

  it("has as much output as the model can give where options may raise the request's limit", () => {
    const said = { maxOutputTokens: 10, providerOptions: { demo: '{"max_tokens":900}' } };
    expect(mostOutput(said, { maxOutputTokens: 1_000 })).toBe(1_000);
    expect(mostOutput(said, { contextWindow: 8_000 })).toBe(8_000);
    expect(mostOutput(said)).toBe(128_000);
  });

  it("does not count options for others than the target's own kind as output", () => {
    const said = { maxOutputTokens: 10, providerOptions: { openai: '{"max_tokens":900}' } };
    expect(mostOutput(said, { maxOutputTokens: 1_000 })).toBe(10);
  });

  it('is that of the dearest target, and names those whose price is not known', () => {
    const dear = aPricedTarget({ maxOutputTokens: 1_000 });
    const cheap = aPricedTarget({ maxOutputTokens: 10 });
    const unknown = aTarget(aProvider({ name: 'local', play: () => [] }));
    const { nanoUsd, unpriced } = quote(aRequest(), [cheap, unknown, dear]);
    expect(Math.floor(nanoUsd / 1_000_000)).toBe(1_000);
    expect(unpriced).toEqual(['local/model-1']);
  });
});
