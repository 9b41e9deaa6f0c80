import type { Latency } from '../latency.ts';
import { byAvailability } from './by-availability.ts';
import type { Choice, Ordering } from './ordering.ts';
import { sortBy } from './sort-by.ts';

/** A target whose latency is kept. */
export interface Timed {
  latency: Pick<Latency, 'cost' | 'passedOver'>;
}

/**
 * Asks the better of two available targets, drawn at random, by what one more call would have to wait; the others follow
 * by the same. Two choices spread a burst nearly as well as a comparison of all, without every call running to whoever
 * looked best a moment ago (M. Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, IEEE TPDS, 2001). Of
 * n targets the fastest is drawn for 2/n of the calls: all where there are two.
 */
export function fastest<Target extends Timed>({
  random,
  ...choice
}: Choice<Target> & { random: () => number }): Ordering<Target> {
  return (request) => {
    const { available, away } = byAvailability(choice, request);
    const candidates = available.map((target) => ({ target, cost: target.latency.cost() }));
    const one = drawn(candidates);
    const other = drawn(candidates.filter((candidate) => candidate !== one));
    const first = one && other && other.cost < one.cost ? other : one;
    for (const target of choice.targets) if (target !== first?.target) target.latency.passedOver();
    const order = sortBy(candidates, (candidate) => (candidate === first ? -1 : candidate.cost));
    return [...order.map(({ target }) => target), ...away];
  };

  function drawn<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(random() * items.length)];
  }
}
