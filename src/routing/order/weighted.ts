import { byAvailability } from './by-availability.ts';
import type { Choice, Ordering } from './ordering.ts';
import { sortBy } from './sort-by.ts';

/**
 * Shares calls among the available targets by their weights, smoothly: smooth weighted round robin
 * (https://github.com/nginx/nginx/commit/52327e0627f49dbda1e8db695e63a4b0af4448b1). With each call every target is
 * credited with its share of a call; the one with the most credit is asked and pays the whole call, the others follow by
 * their credit. One that is away keeps its credit and gathers none, so it neither owes nor is owed what it missed.
 *
 * While the same n targets are available, a window is exact whose length is a multiple of their period: the sum of the
 * weights over their greatest common divisor. In any other, no target is further from its share than 1 + 1/2 + … +
 * 1/(n-1) calls: one call of two targets, less than two of four. After others have come or gone it takes some calls,
 * seldom more than ten, to be exact again.
 */
export function weighted<Target>({
  targets,
  weights,
  isAvailable,
}: Choice<Target> & { weights: readonly number[] }): Ordering<Target> {
  const accounts = targets.map((target, index) => ({
    target,
    weight: (weights[index] ?? 1) * grains,
    credit: 0,
  }));
  let unit = sumOfWeights(accounts);

  return (request) => {
    const { available, away } = byAvailability(
      { targets: accounts, isAvailable: ({ target }) => isAvailable(target, request) },
      request,
    );
    countIn(sumOfWeights(available));
    for (const account of available) account.credit += account.weight;
    const order = sortBy(available, ({ credit }) => -credit);
    if (order[0]) order[0].credit -= unit;
    return [...order, ...away].map(({ target }) => target);
  };

  /** A call is worth what all weights that share it sum up to, so that whole numbers do. */
  function countIn(newUnit: number): void {
    if (newUnit === unit) return;
    for (const account of accounts) account.credit = Math.round(account.credit * (newUnit / unit));
    unit = newUnit;
  }
}

// Why the bound holds, in calls. Credits sum up to 0, so the highest is at least 1/n before it pays, and none is ever
// below 1/n - 1. Any k credits have a mean that only grows when one of the other targets pays, which then had no less
// than each of them: the mean is at most that of those k + 1 before the call, and their share of the call, 1/(k + 1) at
// most. From all n, whose mean is 0, down to a single one that makes 1/2 + … + 1/n. A window is the difference of two
// credits: at most from the lowest to the highest.
//
// Why a period is exact: after it a target's credit is a whole number of calls, and above -1. None is below 0, so all
// are 0, and everything begins again.

/** Fine enough for nothing to be lost by rounding to whole ones when the unit changes, even millions of times. */
const grains = 2 ** 32;

function sumOfWeights(accounts: readonly { weight: number }[]): number {
  return accounts.reduce((sum, { weight }) => sum + weight, 0);
}
