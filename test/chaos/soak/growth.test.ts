import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../support/random.ts';
import { grows, LEAST_POINTS, type Point, trendOf } from './growth.ts';

/** Samples of a soak of twenty minutes at a hundred calls a second. */
const SAMPLES = 38;
const CALLS_BETWEEN = 3_000;

/** A count that leaks so many objects per thousand calls, with the noise that true runs have shown. */
function aSeries(seed: number, leak: number, samples = SAMPLES): Point[] {
  const random = seededRandom(seed);
  return Array.from({ length: samples }, (_, nth) => {
    const calls = (nth + 1) * CALLS_BETWEEN;
    const noise = random.below(41) - 20;
    // A pool at its peak.
    const outlier = random.below(8) === 0 ? random.below(3_000) : 0;
    return { calls, count: 84_000 + Math.floor((leak * calls) / 1_000) + noise + outlier };
  });
}

const seeds = Array.from({ length: 200 }, (_, seed) => seed);
const found = (leak: number) => seeds.filter((seed) => grows(trendOf(aSeries(seed, leak)), 0.5)).length;

describe('the trend of a count', () => {
  it('is no growth where there is only noise', () => {
    expect(found(0)).toBe(0);
  });

  it('is growth where one object is left behind for a thousand calls', () => {
    expect(found(1)).toBeGreaterThan(0.99 * seeds.length);
  });

  it('is that of the median, whatever the outliers', () => {
    for (const seed of seeds) expect(Math.abs(trendOf(aSeries(seed, 3)).slope - 3)).toBeLessThan(0.8);
  });

  it('is certain from seven points on', () => {
    const rising = (points: number) =>
      trendOf(Array.from({ length: points }, (_, nth) => ({ calls: nth * 750, count: nth })));
    expect(grows(rising(LEAST_POINTS), 0.5)).toBe(true);
    expect(grows(rising(LEAST_POINTS - 1), 0.5)).toBe(false);
  });

  it('is none of a count that stays', () => {
    const still = Array.from({ length: 20 }, (_, nth) => ({ calls: nth * 1_000, count: 3 }));
    expect(trendOf(still).slope).toBe(0);
    expect(grows(trendOf(still), 0)).toBe(false);
  });

  it('is too little below the tolerance, however certain', () => {
    const slow = Array.from({ length: 20 }, (_, nth) => ({ calls: nth * 6_000, count: nth }));
    expect(trendOf(slow).chance).toBeLessThan(1e-6);
    expect(grows(trendOf(slow), 0.5)).toBe(false);
  });
});
