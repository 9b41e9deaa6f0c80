import { describe, expect, it } from 'vitest';
import { createRetryBudget } from '../../../src/routing/retry-budget.ts';
import { seededRandom, testSeed } from '../../support/random.ts';

describe('the retry budget', () => {
  const seed = testSeed();

  it(`never lets an outage double the traffic, whatever comes when (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 50; round++) {
      const percentage = random.below(60);
      const minPerSecond = random.below(5);
      let now = 1_000_000;
      const budget = createRetryBudget({ config: { percentage, minPerSecond }, now: () => now });
      const capacity = minPerSecond * 10 + (percentage > 0 ? 100 : 0);
      const begunAt = now;
      let first = 0;
      let retries = 0;
      for (let step = 0; step < 2_000; step++) {
        now += random.below(40);
        for (let n = random.below(4); n > 0; n--) {
          first += 1;
          budget.firstAttempt();
          // Everything fails, and every call would ask three times more.
          for (let again = 0; again < 3; again++) if (budget.take()) retries += 1;
        }
        const most = (percentage / 100) * first + minPerSecond * ((now - begunAt) / 1_000) + capacity;
        expect(retries, JSON.stringify({ seed, round, step })).toBeLessThanOrEqual(most + 1e-6);
      }
      // Nor does it withhold what there is: what it holds back is at most one token, which is not whole yet.
      const earned = (percentage / 100) * first + minPerSecond * ((now - begunAt) / 1_000);
      expect(retries, JSON.stringify({ seed, round })).toBeGreaterThan(
        Math.min(earned, first) - 4 - minPerSecond,
      );
    }
  });

  it('lets a process with few calls retry all the same', () => {
    const budget = createRetryBudget({ config: { percentage: 20, minPerSecond: 1 }, now: () => 0 });
    budget.firstAttempt();
    expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, true]);
  });

  it('is full again after a while, and holds no more then', () => {
    let now = 0;
    const budget = createRetryBudget({ config: { percentage: 0, minPerSecond: 1 }, now: () => now });
    const taken = () => Array.from({ length: 50 }, () => budget.take()).filter(Boolean).length;
    expect(taken()).toBe(10);
    expect(taken()).toBe(0);
    now += 3_600_000;
    expect(taken()).toBe(10);
  });

  it('allows nothing where nothing is configured', () => {
    const budget = createRetryBudget({ config: { percentage: 0, minPerSecond: 0 }, now: () => 0 });
    budget.firstAttempt();
    expect(budget.take()).toBe(false);
  });

  it('does not run backwards with the clock', () => {
    let now = 1_000_000;
    const budget = createRetryBudget({ config: { percentage: 0, minPerSecond: 1 }, now: () => now });
    while (budget.take());
    now -= 60_000;
    expect(budget.take()).toBe(false);
    now += 2_000;
    expect(budget.take()).toBe(true);
  });
});
