import type { ModelConfig } from '../../config/config.ts';
import { byEndUser } from './by-end-user.ts';
import { cheapest, type Priced } from './cheapest.ts';
import { fastest, type Timed } from './fastest.ts';
import type { Named } from './named.ts';
import type { Choice, Ordering } from './ordering.ts';
import { priority } from './priority.ts';
import { weighted } from './weighted.ts';

/**
 * Creates the order of an alias by its strategy and affinity. `targets` are those of the `model`, in the same order;
 * `random` gives numbers from 0 to below 1.
 */
export function createOrdering<Target extends Named & Timed & Priced>({
  model: { strategy, affinity, targets: configured },
  targets,
  isAvailable,
  random,
}: Choice<Target> & {
  model: Pick<ModelConfig, 'strategy' | 'affinity' | 'targets'>;
  random: () => number;
}): Ordering<Target> {
  // One target needs no state and no thought.
  if (targets.length === 1) return priority(targets);
  const weights = configured.map(({ weight }) => weight);
  const strategies = {
    priority: () => priority(targets),
    weighted: () => weighted({ targets, weights, isAvailable }),
    fastest: () => fastest({ targets, isAvailable, random }),
    cheapest: () => cheapest({ targets, isAvailable }),
  } satisfies Record<ModelConfig['strategy'], () => Ordering<Target>>;
  const otherwise = strategies[strategy]();
  return affinity === 'endUser' ? byEndUser({ targets, weights, isAvailable, otherwise }) : otherwise;
}
