import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../../../src/config/config.ts';
import { createLatency } from '../../../../src/routing/latency.ts';
import { createOrdering } from '../../../../src/routing/order/create-ordering.ts';
import { aRequest, facts } from '../../../support/builders.ts';

/** Of the models, `m2` is free; the price of the others is not known. */
const factsOf = (model: string) => () =>
  facts(model === 'm2' ? { price: () => ({ nanoUsd: 0, unpriced: false, estimated: true }) } : {});

function anOrder(said: Partial<ModelConfig>, weights = [1, 1, 1]) {
  const targets = weights.map((_, n) => ({
    provider: { name: 'p' },
    model: `m${n}`,
    latency: createLatency({ now: () => 0 }),
    facts: factsOf(`m${n}`),
  }));
  const order = createOrdering({
    model: {
      strategy: 'priority',
      affinity: 'none',
      targets: weights.map((weight, n) => ({ provider: 'p', model: `m${n}`, weight, execution: {} })),
      ...said,
    },
    targets,
    isAvailable: ({ model }) => model !== 'm0',
    random: () => 0,
  });
  const ask = (endUser = '') => order(aRequest({ endUser })).map(({ model }) => model);
  return { targets, order, ask };
}

describe('the order of an alias', () => {
  it('is the configured one with priority, available or not, and nothing is made for it', () => {
    const { targets, order } = anOrder({ strategy: 'priority' });
    expect(order(aRequest())).toBe(targets);
  });

  it.each(['weighted', 'fastest', 'cheapest'] as const)(
    'is the configured one with %s too, where there is one target',
    (strategy) => {
      const { targets, order } = anOrder({ strategy, affinity: 'endUser' }, [1]);
      expect(order(aRequest({ endUser: 'somebody' }))).toBe(targets);
    },
  );

  it('goes by the weights of the configuration with weighted', () => {
    const { ask } = anOrder({ strategy: 'weighted' }, [1, 1, 2]);
    expect([ask(), ask(), ask()].map(([first]) => first)).toEqual(['m2', 'm1', 'm2']);
  });

  it('goes by latency with fastest', () => {
    const { targets, ask } = anOrder({ strategy: 'fastest' });
    for (const [n, { latency }] of targets.entries()) {
      latency.begin();
      latency.firstContent(1_000 - n);
    }
    expect(ask()).toEqual(['m2', 'm1', 'm0']);
  });

  it('goes by price with cheapest', () => {
    expect(anOrder({ strategy: 'cheapest' }).ask()).toEqual(['m2', 'm1', 'm0']);
  });

  it.each(['weighted', 'fastest'] as const)('is an end user’s own with affinity and %s', (strategy) => {
    const { ask } = anOrder({ strategy, affinity: 'endUser' });
    const orders = new Set(Array.from({ length: 20 }, (_, n) => ask(`user-${n}`).join(' ')));
    expect(orders).toEqual(new Set(['m1 m2 m0', 'm2 m1 m0']));
    expect(ask('user-1')).toEqual(ask('user-1'));
  });

  it('goes by the strategy for calls of no end user', () => {
    const { ask } = anOrder({ strategy: 'weighted', affinity: 'endUser' }, [1, 1, 2]);
    expect([ask(), ask(), ask()].map(([first]) => first)).toEqual(['m2', 'm1', 'm2']);
  });

  it('can depend on what is asked, as far as it says who is available', () => {
    const order = createOrdering({
      model: { strategy: 'cheapest', affinity: 'none', targets: [] },
      targets: anOrder({}).targets,
      isAvailable: ({ model }, { endUser }) => model === endUser,
      random: () => 0,
    });
    expect(order(aRequest({ endUser: 'm1' })).map(({ model }) => model)).toEqual(['m1', 'm2', 'm0']);
  });
});
