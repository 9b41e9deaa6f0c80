import type { Now } from '../completion/ports/now.ts';
import type { RetryBudgetConfig } from '../config/config.ts';

/**
 * Bounds the retries of the whole process, so that an outage does not double the traffic: a token bucket that first
 * attempts fill by a share each, and time by a little.
 */
export interface RetryBudget {
  /** A call asks a provider for the first time. */
  firstAttempt(): void;
  /** Takes a token for asking a provider once more. False: there is none, so the call must not. */
  take(): boolean;
}

/** How many retries may come at once after a quiet time, in seconds of {@link RetryBudgetConfig.minPerSecond}. */
const BURST_SECONDS = 10;

/** What a busy time may save up, in retries. */
const BUSY_BURST = 100;

/**
 * Creates a retry budget, full. In any stretch of time, retries are at most `percentage` of the first attempts, plus
 * `minPerSecond` for each second, plus what the bucket holds: Finagle's `RetryBudget`
 * (https://twitter.github.io/finagle/guide/Clients.html#retries), with a bucket in the place of its window.
 */
export function createRetryBudget({
  config: { percentage, minPerSecond },
  now,
}: {
  config: RetryBudgetConfig;
  now: Now;
}): RetryBudget {
  const share = percentage / 100;
  const capacity = minPerSecond * BURST_SECONDS + (share > 0 ? BUSY_BURST : 0);
  let tokens = minPerSecond * BURST_SECONDS;
  let filledAt = now();

  return {
    firstAttempt() {
      tokens = Math.min(capacity, tokens + share);
    },
    take() {
      const elapsedMs = Math.max(0, now() - filledAt);
      filledAt = now();
      tokens = Math.min(capacity, tokens + (elapsedMs / 1_000) * minPerSecond);
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
