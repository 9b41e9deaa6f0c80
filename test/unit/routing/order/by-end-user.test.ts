import { describe, expect, it } from 'vitest';
import { byEndUser } from '../../../../src/routing/order/by-end-user.ts';
import type { Named } from '../../../../src/routing/order/named.ts';
import { aRequest } from '../../../support/builders.ts';
import { seededRandom } from '../../../support/random.ts';
import { SEED } from './seed.ts';

interface Weights {
  [model: string]: number;
}

/** Targets with weights by name, in this order; `away` can be changed at any time. */
function anOrder(weightOf: Weights) {
  const away = new Set<string>();
  const targets = Object.keys(weightOf).map((model): Named => ({ provider: { name: 'p' }, model }));
  const order = byEndUser({
    targets,
    weights: Object.values(weightOf),
    isAvailable: ({ model }) => !away.has(model),
    otherwise: () => targets.toReversed(),
  });
  const ask = (endUser: string) => order(aRequest({ endUser })).map(({ model }) => model);
  return { away, ask, first: (endUser: string) => ask(endUser)[0] };
}

const random = seededRandom(SEED);
const users = Array.from({ length: 10_000 }, (_, n) => `${random.word(4)}-${n}`);

/** Share of the users that each target is first for. */
function shares(first: (endUser: string) => string | undefined, endUsers = users): Record<string, number> {
  const had: Record<string, number> = {};
  for (const user of endUsers) {
    const target = first(user) ?? 'none';
    had[target] = (had[target] ?? 0) + 1 / endUsers.length;
  }
  return had;
}

/** Within two hundredths and a half. */
const about = (share: number) => expect.closeTo(share, 1.3);

describe(`calls of an end user (seed ${SEED})`, () => {
  const even: Weights = { a: 1, b: 1, c: 1, d: 1 };

  it('go to one target, every time and in every process', () => {
    const one = anOrder(even);
    const other = anOrder(even);
    for (const user of users.slice(0, 100)) {
      expect(one.ask(user)).toEqual(one.ask(user));
      expect(other.ask(user)).toEqual(one.ask(user));
      expect(one.ask(user).toSorted()).toEqual(['a', 'b', 'c', 'd']);
    }
  });

  it('go there in whatever order the targets are configured', () => {
    const { ask } = anOrder(even);
    const other = anOrder({ d: 1, b: 1, a: 1, c: 1 });
    for (const user of users.slice(0, 100)) expect(other.ask(user)).toEqual(ask(user));
  });

  it('are spread evenly over targets that weigh the same', () => {
    const quarter = about(1 / 4);
    expect(shares(anOrder(even).first)).toEqual({ a: quarter, b: quarter, c: quarter, d: quarter });
  });

  it('are spread by weight', () => {
    const { first } = anOrder({ a: 70, b: 20, c: 10 });
    expect(shares(first)).toEqual({ a: about(0.7), b: about(0.2), c: about(0.1) });
  });

  it('are spread evenly where ids differ by a digit', () => {
    const { first } = anOrder({ a: 1, b: 1 });
    expect(shares(first, [...users.keys()].map(String))).toEqual({ a: about(1 / 2), b: about(1 / 2) });
  });

  it('move only where their own target is away, each to the next of its order, and come back', () => {
    const { away, ask } = anOrder({ a: 3, b: 2, c: 2, d: 1 });
    const before = new Map(users.slice(0, 1_000).map((user) => [user, ask(user)]));
    away.add('a');
    for (const [user, order] of before)
      expect(ask(user)).toEqual([...order.filter((model) => model !== 'a'), 'a']);
    away.delete('a');
    for (const [user, order] of before) expect(ask(user)).toEqual(order);
  });

  it('of a target that is away are spread over the others by their weights', () => {
    const { away, first } = anOrder({ a: 50, b: 30, c: 20 });
    away.add('a');
    expect(shares(first)).toEqual({ b: about(0.6), c: about(0.4) });
  });

  it('move only to a target that is new', () => {
    const before = anOrder({ a: 1, b: 1, c: 1 });
    const after = anOrder({ a: 1, new: 1, b: 1, c: 1 });
    const moved = users.filter((user) => before.first(user) !== after.first(user));
    expect(new Set(moved.map(after.first))).toEqual(new Set(['new']));
    expect(moved.length / users.length).toEqual(about(1 / 4));
  });

  it('go as if none were away where all are', () => {
    const { away, ask } = anOrder(even);
    const order = ask('somebody');
    for (const model of order) away.add(model);
    expect(ask('somebody')).toEqual(order);
  });
});

it('calls of no end user go as they would otherwise', () => {
  expect(anOrder({ a: 1, b: 1, c: 1 }).ask('')).toEqual(['c', 'b', 'a']);
});
