import type { Ordering } from './ordering.ts';

/** The order of the configuration. What is not available is asked too, since its circuit refuses at no cost. */
export function priority<Target>(targets: readonly Target[]): Ordering<Target> {
  return () => targets;
}
