import type { PacedClaim, RateClaim } from '../../completion/ledger.ts';

/** One claimed unit weighs as many microseconds as a minute has, and a microsecond drains as much as a minute takes. */
const MINUTE_US = 60_000_000;
/** Fewer buckets than this are not worth looking for empty ones. */
const MIN_SWEPT = 1_024;

/**
 * Rates by GCRA, in its form as a leaky bucket (ITU-T I.371, annex A: the "continuous-state leaky bucket", which decides as
 * the virtual scheduling of arrival times does). A bucket holds `perMinute` units and drains evenly. Levels are in units
 * times microseconds: whole numbers, so that nothing is ever rounded, up to 150 million units a minute.
 *
 * Times are whole microseconds.
 */
export interface Rates {
  /** How long until a claim passes, in microseconds: 0 for now, undefined for never. */
  wait(claim: RateClaim, now: number): number | undefined;
  /** The same for one that may not fill the bucket at once. */
  pacedWait(claim: PacedClaim, now: number): number;
  /** Takes an amount, which may be negative to give back. A bucket that overflows by a correction drains for longer. */
  take(claim: RateClaim, amount: number, now: number): void;
}

export function createRates(): Rates {
  const requests = createBuckets();
  const tokens = createBuckets();
  const bucketsOf = ({ unit }: RateClaim) => (unit === 'requests' ? requests : tokens);

  return {
    wait(claim, now) {
      const { perMinute, amount } = claim;
      return amount > perMinute ? undefined : waitFor(perMinute - amount, claim, now);
    },

    pacedWait: (claim, now) => waitFor(Math.max(0, claim.atOnce - claim.amount), claim, now),

    take(claim, amount, now) {
      if (amount === 0) return;
      const buckets = bucketsOf(claim);
      const bucket = buckets.get(claim.scope);
      if (bucket) fill(bucket, claim.perMinute, amount, now);
      else if (amount > 0) {
        buckets.add(claim.scope, { level: amount * MINUTE_US, at: now, perMinute: claim.perMinute });
      }
    },
  };

  /** How long until no more than so much is left in the bucket. */
  function waitFor(left: number, claim: RateClaim, now: number): number {
    const bucket = bucketsOf(claim).get(claim.scope);
    if (!bucket) return 0;
    const excess = levelAt(bucket, claim.perMinute, now) - left * MINUTE_US;
    return excess <= 0 ? 0 : excess / claim.perMinute;
  }
}

interface Bucket {
  /** What is in it at a time. */
  level: number;
  at: number;
  perMinute: number;
}

function fill(bucket: Bucket, perMinute: number, amount: number, now: number): void {
  bucket.level = Math.max(0, levelAt(bucket, perMinute, now) + amount * MINUTE_US);
  bucket.at = now;
  bucket.perMinute = perMinute;
}

function levelAt({ level, at }: Bucket, perMinute: number, now: number): number {
  // After a clock was set back nothing has drained, and nothing came on top.
  return Math.max(0, level - Math.max(0, now - at) * perMinute);
}

/** Buckets by scope. Empty ones are looked for whenever there are twice as many as after the last time. */
function createBuckets() {
  const buckets = new Map<string, Bucket>();
  let sweepAt = MIN_SWEPT;

  return {
    get: (scope: string) => buckets.get(scope),
    add(scope: string, bucket: Bucket) {
      buckets.set(scope, bucket);
      if (buckets.size < sweepAt) return;
      for (const [each, filled] of buckets) {
        if (levelAt(filled, filled.perMinute, bucket.at) === 0) buckets.delete(each);
      }
      sweepAt = Math.max(MIN_SWEPT, 2 * buckets.size);
    },
  };
}
