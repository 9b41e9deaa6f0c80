import { expect, it } from 'vitest';
import { backoffMs } from '../../../src/routing/backoff.ts';
import { seededRandom, testSeed } from '../../support/random.ts';

const seed = testSeed();

it(`jitter is full: even over everything from nothing to a limit that doubles up to 8 s (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  for (const [nth, limit] of [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000].entries()) {
    const samples = Array.from({ length: 4_000 }, () => backoffMs(nth, random.next));
    expect(Math.min(...samples)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...samples)).toBeLessThan(limit);
    const tenths = Array.from(
      { length: 10 },
      (_, tenth) => samples.filter((ms) => Math.floor((ms / limit) * 10) === tenth).length,
    );
    // 400 expected in each; the spread of that count is 19.
    for (const count of tenths) expect(Math.abs(count - 400), `nth ${nth}, SEED=${seed}`).toBeLessThan(120);
  }
});
