import type { Random } from './random.ts';

/** One call as its caller saw it. */
export interface Sample {
  /** When it was made, in milliseconds from the beginning. */
  atMs: number;
  /** How long it took. */
  ms: number;
  /** What it failed with. */
  error: unknown;
}

/**
 * Makes calls for a while, at random moments (a Poisson process), however many of the earlier ones are still under way:
 * callers do not wait for each other. Resolves once all have ended.
 */
export async function offerLoad({
  perSecond,
  forMs,
  random,
  call,
}: {
  perSecond: number;
  forMs: number;
  random: Random;
  call: () => Promise<unknown>;
}): Promise<Sample[]> {
  const startedAt = performance.now();
  const samples: Promise<Sample>[] = [];
  let dueMs = 0;
  for (;;) {
    dueMs += (-Math.log(1 - random.below(1e9) / 1e9) * 1_000) / perSecond;
    if (dueMs > forMs) return Promise.all(samples);
    const earlyMs = dueMs - (performance.now() - startedAt);
    if (earlyMs >= 1) await new Promise((resolve) => setTimeout(resolve, earlyMs));
    samples.push(take(call, startedAt));
  }
}

async function take(call: () => Promise<unknown>, startedAt: number): Promise<Sample> {
  const from = performance.now();
  const error = await call().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { atMs: from - startedAt, ms: performance.now() - from, error };
}

/** The value below which the given share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
