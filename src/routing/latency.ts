import type { Now } from '../completion/ports/now.ts';

/** How soon a target begins to answer, for the strategy `fastest`. Kept once per target, not per call. */
export interface Latency {
  /** A call was sent there. Exactly one of `firstContent`, `failed` and `left` follows. */
  begin(): void;
  firstContent(afterMs: number): void;
  /** Failed before its first content, by a fault of the target's. */
  failed(afterMs: number): void;
  /** Ended before its first content in a way that says nothing about the target, such as by its caller. */
  left(): void;
  /** Broke after its first content, by a fault of the target's. */
  broke(): void;
  /** A call that could have come here went to another target. */
  passedOver(): void;
  /** What one more call would have to wait, in milliseconds; only good to be compared. */
  cost(): number;
}

/**
 * Keeps a peak-EWMA of the time to the first content: a slow one counts at once and in full, a fast one only as far as
 * the average has faded since. The cost is that average times the calls that wait for their first content, plus one
 * (Finagle's PeakEwma.scala; https://linkerd.io/2016/03/16/beyond-round-robin-load-balancing-for-latency). Four things
 * are our own:
 *
 * - The average fades by a factor e in `decayMs` (default 5 s, by which a target that timed out after 30 s is tried
 *   again within as many) or in ten calls, whichever is longer. By time alone, at a call a minute, whoever was not asked
 *   last would always look fastest.
 * - What has faded invites one call to find out. While that waits, the cost is by what was last known, or beyond all
 *   others where nothing is: of a hundred calls at once, one tries a target that is new or back again.
 * - While calls wait and nothing is heard, it is at least as slow as that silence is long.
 * - A failure counts as ten calls that wait, which fade like the average. However fast it was, it takes no load off, and
 *   a target that fails seldom loses a few calls where one that always fails is left with a try now and then.
 */
export function createLatency({ now, decayMs = 5_000 }: { now: Now; decayMs?: number }): Latency {
  let waiting = 0;
  let waitingSince = 0;
  /** Undefined: nothing has come yet. */
  let averageMs: number | undefined;
  let failures = 0;
  // Since when the two above fade, and the calls that went elsewhere since.
  let heardAt = now();
  let passes = 0;

  return {
    begin() {
      if (waiting === 0) waitingSince = now();
      waiting += 1;
    },
    firstContent(afterMs) {
      waiting -= 1;
      const kept = hear();
      averageMs =
        averageMs === undefined || afterMs > averageMs ? afterMs : averageMs * kept + afterMs * (1 - kept);
    },
    failed(afterMs) {
      waiting -= 1;
      hear();
      failures += failureWeight;
      // A time-out says how slow it is at least. That it failed fast says nothing.
      if (averageMs !== undefined) averageMs = Math.max(averageMs, afterMs);
    },
    left() {
      waiting -= 1;
    },
    broke() {
      hear();
      failures += failureWeight;
    },
    passedOver() {
      passes += 1;
    },
    cost() {
      const kept = unfaded(passes);
      const load = waiting + failures * kept;
      if (averageMs === undefined) return load < 1 ? 0 : unknownMs * load;
      if (waiting === 0) return averageMs * kept * (load + 1);
      const silentMs = now() - Math.max(heardAt, waitingSince);
      return Math.max(averageMs, silentMs) * (load + 1);
    },
  };

  /** Something was heard: what fades does so from now on. Returns how much of it was left. */
  function hear(): number {
    const kept = unfaded(passes + 1);
    failures *= kept;
    heardAt = now();
    passes = 0;
    return kept;
  }

  function unfaded(calls: number): number {
    // A clock that was set back makes nothing fresher than fresh.
    const elapsedMs = Math.max(0, now() - heardAt);
    return Math.exp(-Math.min(elapsedMs / decayMs, calls / decayCalls));
  }
}

const decayCalls = 10;
/** In calls that wait. */
const failureWeight = 10;
/** Longer than anybody waits, and still a number to multiply. */
const unknownMs = 1e12;
