import type { ObservableCounter, ObservableResult } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { createIntern, createTally } from '../../../src/telemetry/tally.ts';

describe('a tally', () => {
  it('shows the sum of each series, also where nothing but zeros was added', () => {
    const { counter, scrape } = aCounter();
    const tally = createTally(counter);
    const intern = createIntern((model: string) => ({ model }));
    tally.add(2, intern('a'));
    tally.add(3, intern('a'));
    tally.add(0, intern('b'));

    expect(scrape()).toEqual([
      [5, { model: 'a' }],
      [0, { model: 'b' }],
    ]);
    expect(scrape()).toHaveLength(2);
  });
});

describe('interned attributes', () => {
  it('are one object where the values are equal, and tell apart what differs in any value', () => {
    const intern = createIntern((model: string, ending: string) => ({ model, ending }));

    expect(intern('a', 'STOP')).toBe(intern('a', 'STOP'));
    expect(intern('a', 'STOP')).not.toBe(intern('a', 'LENGTH'));
    expect(intern('a', 'STOP')).not.toBe(intern('b', 'STOP'));
  });

  it('are one overflow past the limit, while those known stay themselves', () => {
    const intern = createIntern((model: string) => ({ model }), 1);

    expect(['a', 'b', 'c', 'a'].map((model) => intern(model))).toEqual([
      { model: 'a' },
      { 'otel.metric.overflow': true },
      { 'otel.metric.overflow': true },
      { model: 'a' },
    ]);
  });
});

/** An observable counter that is scraped by hand. */
function aCounter() {
  const callbacks: ((result: ObservableResult) => void)[] = [];
  const counter: ObservableCounter = {
    addCallback: (callback) => void callbacks.push(callback),
    removeCallback: () => {},
  };
  function scrape(): [number, object][] {
    const seen: [number, object][] = [];
    for (const callback of callbacks) {
      callback({ observe: (value, attributes = {}) => void seen.push([value, attributes]) });
    }
    return seen;
  }
  return { counter, scrape };
}
