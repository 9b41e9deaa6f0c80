import { describe, expect, it } from 'vitest';
import { createCatalogue } from '../../../../src/catalogue/catalogue.ts';
import type { ModelCatalogue } from '../../../../src/completion/ports/catalogue.ts';
import type { PriceConfig } from '../../../../src/config/config.ts';
import { EmbedRequest } from '../../../../src/gen/sluice/v1/embedding_service.ts';
import { cheapest } from '../../../../src/routing/order/cheapest.ts';
import { aRequest } from '../../../support/builders.ts';
import { seededRandom } from '../../../support/random.ts';
import { load } from '../../config/load.ts';
import { SEED } from './seed.ts';

/** Of a server of one's own, of whose models nothing is published. */
const { providers } = load('providers: { p: { kind: openai-compatible, baseUrl: "http://127.0.0.1:1/v1" } }');

/** Prices in dollars for a million tokens, of input and output; none where nothing is known. */
type DollarsOf = Record<string, readonly [input: number, output?: number] | undefined>;

async function anOrder(dollars: DollarsOf, away: readonly string[] = []) {
  const catalogue = await aCatalogue(dollars);
  const targets = Object.keys(dollars).map((model) => ({
    model,
    facts: () => catalogue.find({ provider: 'p', model }),
  }));
  const order = cheapest({ targets, isAvailable: ({ model }) => !away.includes(model) });
  return (request: Parameters<typeof order>[0]) => order(request).map(({ model }) => model);
}

function aCatalogue(dollars: DollarsOf): Promise<ModelCatalogue> {
  const prices = new Map<string, PriceConfig>();
  for (const [model, known] of Object.entries(dollars)) {
    if (!known) continue;
    const [input, output] = known;
    const outputPrice = output === undefined ? {} : { outputPrice: output * 1e9 };
    prices.set(`p/${model}`, { inputPrice: input * 1e9, ...outputPrice });
  }
  return createCatalogue({ config: { providers, prices }, now: Date.now });
}

describe('the cheapest target', () => {
  it('depends on how long the request is, and the answer may be', async () => {
    const order = await anOrder({ 'dear-input': [10, 1], 'dear-output': [1, 10] });
    expect(order(aRequest({ prompt: 'x'.repeat(4_000), maxOutputTokens: 10 }))).toEqual([
      'dear-output',
      'dear-input',
    ]);
    expect(order(aRequest({ prompt: 'x', maxOutputTokens: 1_000 }))).toEqual(['dear-input', 'dear-output']);
  });

  it('is told for an answer of 500 tokens where the request names no limit', async () => {
    const order = await anOrder({ 'dear-input': [10, 1], 'dear-output': [1, 10] });
    expect(order(aRequest({ prompt: 'x'.repeat(4 * 480) }))[0]).toBe('dear-input');
    expect(order(aRequest({ prompt: 'x'.repeat(4 * 520) }))[0]).toBe('dear-output');
  });

  it('is told by the input alone for texts to embed', async () => {
    const order = await anOrder({ 'dear-input': [2, 1], 'dear-output': [1, 9], embeds: [0.5] });
    const request = EmbedRequest.fromPartial({ texts: ['hello', 'world'] });
    expect(order(request)).toEqual(['embeds', 'dear-output', 'dear-input']);
  });

  it('has the others behind it: equal ones as configured, unpriced ones last', async () => {
    const order = await anOrder({ unknown: undefined, b: [2, 2], c: [1, 1], a: [2, 2], embeds: [1] });
    expect(order(aRequest())).toEqual(['c', 'b', 'a', 'unknown', 'embeds']);
  });

  it('is one that is available, unpriced or not', async () => {
    const order = await anOrder({ dear: [9, 9], cheap: [1, 1], free: [0, 0], unknown: undefined }, [
      'free',
      'cheap',
    ]);
    expect(order(aRequest())).toEqual(['dear', 'unknown', 'free', 'cheap']);
  });

  it('is asked first also where none is available', async () => {
    const order = await anOrder({ dear: [9, 9], cheap: [1, 1] }, ['dear', 'cheap']);
    expect(order(aRequest())).toEqual(['cheap', 'dear']);
  });

  it(`never costs more than the next, whatever the prices (seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    for (let run = 0; run < 100; run++) {
      const dollars: DollarsOf = {};
      for (let n = 0; n < 6; n++) dollars[`m${n}`] = [random.below(50), random.below(50)];
      const order = await anOrder(dollars);
      // A prompt of 4 n bytes is n tokens, and 6 frame it.
      const tokens = 1 + random.below(2_000);
      const maxOutputTokens = 1 + random.below(2_000);
      const costs = order(aRequest({ prompt: 'x'.repeat(4 * tokens), maxOutputTokens })).map((model) => {
        const [input = 0, output = 0] = dollars[model] ?? [];
        return input * (tokens + 6) + output * maxOutputTokens;
      });
      expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    }
  });
});
