import { hash } from 'node:crypto';
import { byAvailability } from './by-availability.ts';
import type { Named } from './named.ts';
import type { Choice, Ordering } from './ordering.ts';
import { sortBy } from './sort-by.ts';

/**
 * Sends all calls of an end user to one target, whose prompt cache then knows the conversation; calls without one go as
 * they `otherwise` would. Each user has an order of the targets of its own, by rendezvous hashing, of which the first
 * available is asked: when a target goes, only its users move, and when it is back, they are too. It needs no state, so
 * that replicas and restarts agree, and holds for `provider/model`, wherever that stands in the configuration.
 *
 * Rendezvous hashing is D. Thaler and C. Ravishankar's (Using Name-Based Mappings to Increase Hit Rates, 1998); the score
 * -weight / ln(hash), by which each target has its share of the users, C. Schindelhauer and G. Schomaker's (Weighted
 * Distributed Hash Tables, 2005) in the form of J. Resch (New Hashing Algorithms for Data Storage, SNIA SDC 2015).
 */
export function byEndUser<Target extends Named>({
  targets,
  weights,
  isAvailable,
  otherwise,
}: Choice<Target> & { weights: readonly number[]; otherwise: Ordering<Target> }): Ordering<Target> {
  const weightOf = new Map(targets.map((target, index) => [target, weights[index] ?? 1]));

  return (request) => {
    const { endUser } = request;
    if (endUser === '') return otherwise(request);
    const own = sortBy(targets, (target) => -score(endUser, target));
    const { available, away } = byAvailability({ targets: own, isAvailable }, request);
    return [...available, ...away];
  };

  function score(endUser: string, target: Target): number {
    return (
      -(weightOf.get(target) ?? 1) / Math.log(fraction(`${endUser}\0${target.provider.name}/${target.model}`))
    );
  }
}

/** Above 0 and below 1, the same for the same text and otherwise as if at random. */
function fraction(text: string): number {
  return (Number.parseInt(hash('sha256', text).slice(0, 12), 16) + 0.5) / 2 ** 48;
}
