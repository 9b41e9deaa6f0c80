import { beforeEach, describe, expect, it } from 'vitest';
import { createLatency, type Latency } from '../../../src/routing/latency.ts';

let now: number;
let latency: Latency;

beforeEach(() => {
  now = 1_000_000;
  latency = createLatency({ now: () => now });
});

function answer(afterMs: number): void {
  latency.begin();
  latency.firstContent(afterMs);
}

function fail(afterMs = 5): void {
  latency.begin();
  latency.failed(afterMs);
}

/** Time goes by, and calls go elsewhere. */
function pass(seconds: number, calls: number): void {
  now += seconds * 1_000;
  for (let n = 0; n < calls; n++) latency.passedOver();
}

describe('the cost of a target', () => {
  it('is the time to its first content, times the calls that wait for theirs and this one', () => {
    answer(300);
    expect(latency.cost()).toBe(300);
    latency.begin();
    latency.begin();
    expect(latency.cost()).toBe(900);
    latency.left();
    expect(latency.cost()).toBe(600);
  });

  it('takes a slow first content at once and in full', () => {
    answer(300);
    answer(9_000);
    expect(latency.cost()).toBe(9_000);
  });

  it('takes fast ones after a slow one bit by bit', () => {
    answer(9_000);
    const costs: number[] = [];
    for (let n = 0; n < 100; n++) {
      now += 1_000;
      answer(300);
      costs.push(latency.cost());
    }
    expect(costs[0]).toBeGreaterThan(8_000);
    expect(costs).toEqual(costs.toSorted((a, b) => b - a));
    expect(costs.at(-1)).toBeLessThan(310);
  });

  it('is the same however often it is asked for', () => {
    answer(300);
    pass(30, 30);
    expect(latency.cost()).toBe(latency.cost());
  });
});

describe('a silent target', () => {
  it('is as slow as its silence is long, while calls wait', () => {
    answer(300);
    now += 60_000;
    latency.begin();
    latency.begin();
    now += 100;
    expect(latency.cost()).toBe(900);
    now += 900;
    expect(latency.cost()).toBe(3_000);
    latency.firstContent(1_000);
    expect(latency.cost()).toBe(2_000);
  });
});

describe('what is known of a target', () => {
  beforeEach(() => answer(3_000));

  it('fades by a factor e in five seconds and ten calls', () => {
    pass(5, 10);
    expect(latency.cost()).toBeCloseTo(3_000 / Math.E);
    pass(5, 10);
    expect(latency.cost()).toBeCloseTo(3_000 / Math.E ** 2);
  });

  it('does not fade by time alone', () => {
    pass(3_600, 1);
    expect(latency.cost()).toBeCloseTo(3_000 * Math.exp(-0.1));
  });

  it('does not fade by calls alone', () => {
    pass(0.5, 1_000);
    expect(latency.cost()).toBeCloseTo(3_000 * Math.exp(-0.1));
  });

  it('fades in the time that it was given', () => {
    latency = createLatency({ now: () => now, decayMs: 60_000 });
    answer(3_000);
    pass(60, 1_000);
    expect(latency.cost()).toBeCloseTo(3_000 / Math.E);
  });

  it('counts in full again while a call finds out', () => {
    pass(30, 60);
    expect(latency.cost()).toBeLessThan(10);
    latency.begin();
    expect(latency.cost()).toBe(6_000);
  });

  it('gives way to what such a call finds', () => {
    pass(30, 60);
    answer(300);
    expect(latency.cost()).toBeGreaterThan(300);
    expect(latency.cost()).toBeLessThan(310);
  });

  it('does not fade where the clock is set back', () => {
    now -= 3_600_000;
    for (let n = 0; n < 100; n++) latency.passedOver();
    expect(latency.cost()).toBe(3_000);
  });
});

describe('a target of which nothing is known', () => {
  it('invites a call, and no second one while that waits', () => {
    expect(latency.cost()).toBe(0);
    latency.begin();
    expect(latency.cost()).toBeGreaterThan(300_000);
  });

  it('invites another when that has left without an answer', () => {
    latency.begin();
    latency.left();
    expect(latency.cost()).toBe(0);
  });

  it('is compared by its calls with another one', () => {
    const other = createLatency({ now: () => now });
    latency.begin();
    other.begin();
    other.begin();
    expect(latency.cost()).toBeLessThan(other.cost());
  });

  it('invites none for a while after a failure', () => {
    fail();
    pass(10, 20);
    expect(latency.cost()).toBeGreaterThan(300_000);
    pass(3, 6);
    expect(latency.cost()).toBe(0);
  });
});

describe('a failure', () => {
  beforeEach(() => answer(300));

  it('counts as ten calls that wait, however fast it was', () => {
    fail(1);
    expect(latency.cost()).toBe(3_300);
    fail(1);
    expect(latency.cost()).toBe(6_300);
  });

  it('counts the same after the first content', () => {
    latency.broke();
    expect(latency.cost()).toBe(3_300);
  });

  it('is as slow as it was, where that is slower than answers are', () => {
    fail(30_000);
    expect(latency.cost()).toBe(330_000);
  });

  it('fades', () => {
    fail();
    pass(5, 10);
    expect(latency.cost()).toBeCloseTo((300 / Math.E) * (1 + 10 / Math.E));
    pass(600, 1_200);
    expect(latency.cost()).toBeCloseTo(0);
  });

  it('fades while others are heard of', () => {
    fail();
    for (let n = 0; n < 60; n++) {
      now += 1_000;
      answer(300);
    }
    expect(latency.cost()).toBeGreaterThan(300);
    expect(latency.cost()).toBeLessThan(310);
  });

  it('is found out within 30 seconds to be over, even after a time-out of as many', () => {
    const other = createLatency({ now: () => now });
    fail(30_000);
    pass(30, 60);
    other.begin();
    other.firstContent(300);
    expect(latency.cost()).toBeLessThan(other.cost());
  });

  it('is undone by nothing that was merely left', () => {
    fail();
    latency.begin();
    latency.left();
    expect(latency.cost()).toBe(3_300);
  });
});
