import { type Attempt, AttemptOutcome } from '../gen/sluice/v1/execution.ts';

/** A target that was passed over costs nothing, so it is not one of the call's tries. */
export function isTry(outcome: AttemptOutcome): boolean {
  return outcome !== AttemptOutcome.SKIPPED;
}

/** How often a provider has been asked for a call. */
export function triesOf({ attempts }: { attempts: readonly Attempt[] }): number {
  let tries = 0;
  for (const { outcome } of attempts) if (isTry(outcome)) tries += 1;
  return tries;
}
