import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../support/random.ts';
import { SEED } from './seed.ts';
import { type Behaviour, simulate } from './simulate.ts';

/** Shows its first content after some time around the given one. */
const around =
  (ms: number): Behaviour =>
  (random) => ({ afterMs: ms / 2 + random.below(ms) });
const exactly =
  (afterMs: number): Behaviour =>
  () => ({ afterMs });
const failing: Behaviour = () => ({ afterMs: 5, ends: 'failure' });

/** Gaps between calls, from a hundred a second to one a minute. */
const GAPS_MS = [10, 100, 1_000, 10_000, 60_000];

function aSimulation(...behaviours: Behaviour[]) {
  const simulation = simulate(behaviours, seededRandom(SEED));
  return {
    ...simulation,
    /** So many calls, one after each gap: each target's share of them. */
    calls(count: number, gapMs: number): number[] {
      const had = new Map(simulation.targets.map((target) => [target, 0]));
      for (let n = 0; n < count; n++) {
        const target = simulation.call();
        had.set(target, (had.get(target) ?? 0) + 1);
        simulation.pass(gapMs);
      }
      return [...had.values()].map((calls) => calls / count);
    },
  };
}

describe.each(GAPS_MS)(`the fastest target, with a call every %i ms (seed ${SEED}),`, (gapMs) => {
  it('gets the vast majority of the calls', () => {
    const [fast] = aSimulation(around(300), around(3_000)).calls(2_000, gapMs);
    expect(fast).toBeGreaterThan(0.9);
  });

  it('shares evenly with those that are as fast', () => {
    const even = aSimulation(around(300), around(300), around(300)).calls(3_000, gapMs);
    for (const share of even) expect(share).toBeCloseTo(1 / 3, 1);
    const same = aSimulation(exactly(300), exactly(300), exactly(300)).calls(3_000, gapMs);
    for (const share of same) expect(share).toBeCloseTo(1 / 3, 1);
  });

  it('is not one that fails fast, whose calls are a few that try', () => {
    const [, share] = aSimulation(around(300), failing).calls(2_000, gapMs);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.1);
  });

  it('is not one that fails fast either where the others are very slow', () => {
    const [, share] = aSimulation(around(20_000), failing).calls(2_000, gapMs);
    expect(share).toBeLessThan(0.15);
  });

  it('keeps a good part of the calls where it fails seldom', () => {
    const seldom: Behaviour = (random) => (random.below(100) === 0 ? failing(random) : around(300)(random));
    const [, share] = aSimulation(around(300), seldom).calls(3_000, gapMs);
    expect(share).toBeGreaterThan(0.15);
  });

  it('loses its calls when it turns slow', () => {
    let slow = false;
    const simulation = aSimulation((random) => around(slow ? 9_000 : 300)(random), around(600));
    simulation.calls(200, gapMs);
    slow = true;
    // A second, or ten calls where that takes longer.
    simulation.calls(Math.max(10, 1_000 / gapMs), gapMs);
    const [turned] = simulation.calls(200, gapMs);
    expect(turned).toBeLessThan(0.15);
  });

  it('has them back when it has recovered', () => {
    let slow = true;
    const simulation = aSimulation((random) => around(slow ? 9_000 : 300)(random), around(3_000));
    simulation.calls(200, gapMs);
    slow = false;
    // Half a minute, or fifty calls where that takes longer.
    simulation.calls(Math.max(50, 30_000 / gapMs), gapMs);
    const [recovered] = simulation.calls(500, gapMs);
    expect(recovered).toBeGreaterThan(0.8);
  });
});

describe('a hundred calls at once', () => {
  const shares = (simulation: ReturnType<typeof aSimulation>) => simulation.calls(100, 0);

  it('send one to a target of which nothing is known', () => {
    const simulation = aSimulation(around(300), exactly(300));
    simulation.targets[0]?.latency.begin();
    simulation.targets[0]?.latency.firstContent(300);
    expect(shares(simulation)).toEqual([0.99, 0.01]);
  });

  it('are spread where nothing is known of any', () => {
    for (const share of shares(aSimulation(around(300), around(300), around(300))))
      expect(share).toBeCloseTo(1 / 3, 1);
  });

  it('do not run to one that is back after an outage', () => {
    const simulation = aSimulation(exactly(300), exactly(300));
    const [, back] = simulation.targets;
    simulation.calls(100, 100);
    if (back) back.up = false;
    simulation.calls(300, 1_000);
    if (back) back.up = true;
    for (const share of shares(simulation)) expect(share).toBeCloseTo(1 / 2, 1);
  });

  it('are spread by how soon each target answers', () => {
    const simulation = aSimulation(exactly(200), exactly(800));
    simulation.calls(100, 5_000);
    const [fast] = shares(simulation);
    expect(fast).toBeCloseTo(0.8, 1);
  });
});

describe('the order of the fastest', () => {
  const times = [400, 300, 200, 100];
  const simulation = aSimulation(...times.map(exactly));
  for (const [n, { latency }] of simulation.targets.entries()) {
    latency.begin();
    latency.firstContent(times[n] ?? 0);
  }
  const timesInOrder = () =>
    simulation.order().map((target) => times[simulation.targets.indexOf(target)] ?? 0);

  it('begins with the better of any two', () => {
    const first = Array.from({ length: 200 }, () => timesInOrder()[0]);
    expect(new Set(first)).toEqual(new Set([300, 200, 100]));
    expect(first.filter((time) => time === 100).length / 200).toBeCloseTo(2 / 4, 0.7);
  });

  it('goes on by cost, and with those that are away', () => {
    const [, second] = simulation.targets;
    if (second) second.up = false;
    for (let call = 0; call < 50; call++) {
      const order = timesInOrder();
      const [first, ...rest] = order;
      expect(rest).toEqual([...[100, 200, 400].filter((time) => time !== first), 300]);
    }
  });
});
