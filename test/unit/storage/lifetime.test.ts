import { describe, expect, it } from 'vitest';
import { keptMs, stageOf } from '../../../src/storage/lifetime.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 1, 3);

const stage = (ageMs: number, { ttlMs = HOUR_MS, staleTtlMs = DAY_MS } = {}) =>
  stageOf({ storedAt: NOW - ageMs, ttlMs }, staleTtlMs, NOW);

describe('an answer', () => {
  it.each([
    ['is fresh when it was just stored', 0, { ageMs: 0, fresh: true }],
    ['is fresh up to its time to live', HOUR_MS, { ageMs: HOUR_MS, fresh: true }],
    ['is stale after that', HOUR_MS + 1, { ageMs: HOUR_MS + 1, fresh: false }],
    ['is stale up to the limit', DAY_MS, { ageMs: DAY_MS, fresh: false }],
    ['is over after that', DAY_MS + 1, undefined],
  ])('%s', (_, ageMs, expected) => {
    expect(stage(ageMs)).toEqual(expected);
  });

  it.each([
    ['whose time to live is longer than the limit', { ttlMs: DAY_MS, staleTtlMs: HOUR_MS }, DAY_MS],
    ['where none are kept stale', { ttlMs: HOUR_MS, staleTtlMs: 0 }, HOUR_MS],
  ])('is never stale %s', (_, times, lastMs) => {
    expect(stage(lastMs, times)).toEqual({ ageMs: lastMs, fresh: true });
    expect(stage(lastMs + 1, times)).toBeUndefined();
  });

  it.each([
    ['is fresh while a replica’s clock is a little behind', -250, { ageMs: 250, fresh: true }],
    [
      'is stale once the clock was set back by more than its time',
      -2 * HOUR_MS,
      { ageMs: 2 * HOUR_MS, fresh: false },
    ],
    ['is over once it was set back by more than the limit', -365 * DAY_MS, undefined],
    ['is over where nobody can read when it was stored', Number.NaN, undefined],
  ])('%s', (_, ageMs, expected) => {
    expect(stage(ageMs)).toEqual(expected);
  });
});

describe('keeping an answer', () => {
  it.each([
    [HOUR_MS, 0, HOUR_MS],
    [HOUR_MS, DAY_MS, DAY_MS],
    [DAY_MS, HOUR_MS, DAY_MS],
    [0.25, 0, 1],
  ])('of %d ms takes, with %d ms for stale ones, %d whole ms', (ttlMs, staleTtlMs, expected) => {
    expect(keptMs(ttlMs, staleTtlMs)).toBe(expected);
  });
});
