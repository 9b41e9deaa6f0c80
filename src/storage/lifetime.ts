import type { StoredAnswer } from '../completion/ports/cache.ts';

/** When an answer was stored, and for how long it is fresh; in milliseconds. It is kept beside the answer. */
export interface Lifetime {
  storedAt: number;
  ttlMs: number;
}

/** How long to keep an answer, in whole milliseconds: while it is fresh, and while it may be served stale. */
export function keptMs(ttlMs: number, staleTtlMs: number): number {
  return Math.ceil(Math.max(ttlMs, staleTtlMs));
}

/** Where an answer stands in its life; undefined where that is over. */
export function stageOf(
  { storedAt, ttlMs }: Lifetime,
  staleTtlMs: number,
  now: number,
): Pick<StoredAnswer, 'ageMs' | 'fresh'> | undefined {
  // After a clock was set back an answer seems to be from the future. Taken for as old as it is early, it ends;
  // and the clocks of replicas, which differ by less than a time to live, do no harm.
  const ageMs = Math.abs(now - storedAt);
  const fresh = ageMs <= ttlMs;
  return fresh || ageMs <= staleTtlMs ? { ageMs, fresh } : undefined;
}
