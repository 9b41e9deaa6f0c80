import type { ConcurrencyLimit } from '../completion/concurrency-limit.ts';
import type { Asked } from './order/ordering.ts';
import { canHonour } from './provider-call.ts';
import { type Target, waitMs } from './target.ts';

/** Whether a target can be asked now, and asked this. */
export function isAvailable(target: Target, request: Asked): boolean {
  const { places, rates } = target;
  if (waitMs(target) > 0 || (places && isFull(places)) || rates?.isReached()) return false;
  return canHonour(target, request);
}

function isFull(places: ConcurrencyLimit): boolean {
  const { limit, inFlight } = places.status();
  return inFlight >= limit;
}
