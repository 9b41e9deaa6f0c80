import { GatewayError } from '../completion/error.ts';
import { traitsOf } from './reasons.ts';
import { type Target, waitMs } from './target.ts';

/** How a target failed a call, or why it was passed over. */
export interface TargetFailure {
  target: Target;
  error: GatewayError;
}

/**
 * Makes one error of what went wrong at a call's targets: the most telling of them, the later of equals. Where it is
 * one that passes by itself, it says when the first of them may be well again.
 */
export function combineFailures(failures: readonly TargetFailure[]): GatewayError {
  const [first, ...others] = failures;
  if (!first) throw new Error('nothing failed');
  const { reason, message, details } = others.reduce(
    (best, { error }) => (traitsOf(error.reason).weight >= traitsOf(best.reason).weight ? error : best),
    first.error,
  );
  if (!traitsOf(reason).passes) return new GatewayError(reason, message, details);
  return new GatewayError(reason, message, { ...details, retryAfterMs: soonest(failures) });
}

/** In how many milliseconds the first target may be well again, by the last that was heard of each. */
function soonest(failures: readonly TargetFailure[]): number {
  const waits = new Map<Target, number>();
  for (const { target, error } of failures) {
    waits.set(target, Math.max(error.details.retryAfterMs ?? 0, waitMs(target)));
  }
  const known = [...waits.values()].filter((ms) => ms > 0);
  return known.length > 0 ? Math.min(...known) : ASSUMED_WAIT_MS;
}

/** Where none of them tells. */
const ASSUMED_WAIT_MS = 1_000;
