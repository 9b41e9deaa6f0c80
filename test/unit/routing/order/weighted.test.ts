import { describe, expect, it } from 'vitest';
import { weighted } from '../../../../src/routing/order/weighted.ts';
import { aRequest } from '../../../support/builders.ts';
import { type Random, seededRandom } from '../../../support/random.ts';
import { SEED } from './seed.ts';

const request = aRequest();

/** Targets are their own indexes; `up` can be changed at any time. */
function anOrder(weights: readonly number[]) {
  const up = weights.map(() => true);
  const order = weighted({
    targets: [...weights.keys()],
    weights,
    isAvailable: (target) => up[target] === true,
  });
  return { up, ask: () => order(request), first: () => order(request)[0] ?? -1 };
}

function times(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw);
}

function counts(targets: number, picks: readonly number[]): number[] {
  const had = times(targets, () => 0);
  for (const pick of picks) had[pick] = (had[pick] ?? 0) + 1;
  return had;
}

/** How far, in calls, the target that is furthest from its due is from it. */
function furthest(had: readonly number[], due: readonly number[]): number {
  return Math.max(...had.map((count, target) => Math.abs(count - (due[target] ?? 0))));
}

/** The same in the worst window of so many calls. */
function worstWindow(weights: readonly number[], picks: readonly number[], length: number): number {
  const due = weights.map((weight) => (weight * length) / sum(weights));
  const starts = Array.from({ length: picks.length - length + 1 }, (_, start) => start);
  return Math.max(
    ...starts.map((start) => furthest(counts(weights.length, picks.slice(start, start + length)), due)),
  );
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** 1 + 1/2 + … + 1/(n-1). */
const bound = (targets: number) => sum(Array.from({ length: targets - 1 }, (_, n) => 1 / (n + 1)));

/** Two to six weights that sum up to a divisor of 100, times anything. */
function weightsOfPeriodIn100(random: Random): number[] {
  const period = [10, 20, 25, 50, 100][random.below(5)] ?? 100;
  const targets = 2 + random.below(5);
  const cuts = new Set([period]);
  while (cuts.size < targets) cuts.add(1 + random.below(period - 1));
  const factor = 1 + random.below(10);
  return [...cuts].sort((a, b) => a - b).map((cut, n, all) => (cut - (all[n - 1] ?? 0)) * factor);
}

/** At least one stays. */
function comeAndGo(up: boolean[], random: Random): void {
  for (const target of up.keys()) up[target] = random.below(3) > 0;
  if (!up.includes(true)) up[random.below(up.length)] = true;
}

function anyWeights(random: Random): number[] {
  return times(2 + random.below(5), () => 1 + random.below(random.below(2) ? 1_000 : 10));
}

describe('weighted targets', () => {
  it('are asked smoothly, not in bursts', () => {
    const { first } = anOrder([5, 1, 1]);
    expect(times(7, first)).toEqual([0, 0, 1, 0, 2, 0, 0]);
  });

  it('take turns where they weigh the same', () => {
    const { first } = anOrder([1, 1, 1]);
    expect(times(6, first)).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it(`have their exact share of any 100 calls, where their period divides 100 (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    for (let run = 0; run < 200; run++) {
      const weights = weightsOfPeriodIn100(random);
      const picks = times(300, anOrder(weights).first);
      expect(worstWindow(weights, picks, 100), `weights ${weights}`).toBe(0);
    }
  });

  it(`are nowhere further from their share than the bound, whatever the window (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    for (let run = 0; run < 200; run++) {
      const weights = anyWeights(random);
      const picks = times(300, anOrder(weights).first);
      for (const length of [1, 3, 10, 1 + random.below(200)])
        expect(worstWindow(weights, picks, length), `weights ${weights}`).toBeLessThan(
          bound(weights.length) + 1e-9,
        );
    }
  });

  it('are asked in the order of whose turn is next, those that are away last', () => {
    const { up, ask } = anOrder([5, 3, 2, 1]);
    expect(ask()).toEqual([0, 1, 2, 3]);
    expect(ask()).toEqual([1, 2, 3, 0]);
    up[0] = false;
    up[3] = false;
    expect(ask()).toEqual([2, 1, 0, 3]);
  });
});

describe('weighted targets of which some are away', () => {
  it('share the calls by the weights of the others', () => {
    const { up, first } = anOrder([50, 30, 20]);
    times(17, first);
    up[0] = false;
    expect(counts(3, times(100, first))).toEqual([0, 60, 40]);
  });

  it('do so at once, where one that weighed far more than they goes', () => {
    for (let call = 0; call < 100; call++) {
      const { up, first } = anOrder([98, 1, 1]);
      times(call, first);
      up[0] = false;
      const [, second = 0] = counts(3, times(10, first));
      expect(Math.abs(second - 5), `after ${call} calls`).toBeLessThanOrEqual(1);
    }
  });

  it('do not make up for what they missed when they are back', () => {
    const { up, first } = anOrder([50, 30, 20]);
    up[0] = false;
    times(1_000, first);
    up[0] = true;
    expect(counts(3, times(10, first))).toEqual([5, 3, 2]);
  });

  it('share as if nobody were away where all are', () => {
    const { up, ask, first } = anOrder([3, 1]);
    up.fill(false);
    expect(ask()).toEqual([0, 1]);
    expect(counts(2, times(99, first))).toEqual([74, 25]);
  });

  it(`are exact again soon after others come and go, and never far off (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    for (let run = 0; run < 200; run++) {
      const weights = weightsOfPeriodIn100(random);
      const { up, first } = anOrder(weights);
      for (let call = 0; call < 100; call++) {
        comeAndGo(up, random);
        first();
      }
      up.fill(true);
      const picks = times(300, first);
      expect(worstWindow(weights, picks, 100), `weights ${weights}`).toBeLessThanOrEqual(2);
      expect(worstWindow(weights, picks.slice(50), 100), `weights ${weights}`).toBe(0);
    }
  });

  it(`have their share of the calls that they were there for, also where they flap (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    for (let run = 0; run < 100; run++) {
      const weights = anyWeights(random);
      const { up, first } = anOrder(weights);
      const due = weights.map(() => 0);
      const picks = times(500, () => {
        comeAndGo(up, random);
        const present = sum(weights.filter((_, target) => up[target]));
        for (const [target, weight] of weights.entries())
          if (up[target]) due[target] = (due[target] ?? 0) + weight / present;
        return first();
      });
      const off = furthest(counts(weights.length, picks), due);
      expect(off, `weights ${weights}`).toBeLessThan(weights.length / 2);
    }
  });

  it('are never starved, however little they weigh', () => {
    const { first } = anOrder([1_000, 1]);
    expect(counts(2, times(2_002, first))).toEqual([2_000, 2]);
  });

  it('are not starved by being there for every other call only', () => {
    const { up, first } = anOrder([1, 1]);
    const picks = times(1_000, () => {
      up[1] = !up[1];
      return first();
    });
    expect(counts(2, picks)).toEqual([750, 250]);
  });
});
