/** The most that a call waits before its first retry, in milliseconds; doubles with each further one. */
const BASE_MS = 250;

const CAP_MS = 8_000;

/**
 * How long to wait before the nth retry, from 0, in milliseconds: full jitter, anything from nothing to a limit that
 * doubles, so that callers who failed together do not come back together (M. Brooker, "Exponential Backoff And Jitter",
 * AWS Architecture Blog, 2015).
 */
export function backoffMs(nth: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** nth);
}
