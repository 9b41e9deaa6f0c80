import type { Random } from '../../../support/random.ts';

const { SEED: said = Date.now() % 1_000_000 } = process.env;

/** Where this run's random numbers begin; the environment's `SEED` repeats a run. */
export const SEED = Number(said);

/** Numbers from 0 to below 1, as `Math.random` gives them. */
export function fractions(random: Random): () => number {
  return () => random.below(2 ** 32) / 2 ** 32;
}
