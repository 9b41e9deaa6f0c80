import { GatewayError, type QuotaViolation } from '../../completion/error.ts';
import type { BudgetStatus, Denial, RateClaim } from '../../completion/ledger.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { BudgetPeriod } from '../../gen/sluice/v1/usage_service.ts';
import type { HeldBudget } from './claims.ts';

/** Room that running calls hold may come free with any of them. */
const SOON_MS = 1_000;

/** What a caller is told whose limits or budgets do not allow a call: each of them, and when to come back. */
export function refused(
  denials: readonly Denial[],
  { nanoUsd, now, random }: { nanoUsd: number; now: number; random: () => number },
): GatewayError {
  if (denials.length === 0) throw new Error('the accounts hold the call to be over');
  const told = denials.map((denial) => tell(denial, nanoUsd, now));
  const times = told.map(({ retryAfterMs }) => retryAfterMs);
  const never = times.includes(undefined);
  const spent = denials.some(({ claim }) => claim === 'budget');
  return new GatewayError(
    spent ? ErrorReason.BUDGET_EXHAUSTED : ErrorReason.CALLER_RATE_LIMITED,
    told.map(({ quota }) => `${quota.subject}: ${quota.description}`).join(' '),
    {
      quotas: told.map(({ quota }) => quota),
      metadata: { scope: told[0]?.quota.subject ?? '' },
      // Up to a tenth later, at random, so that those refused together do not come back together.
      ...(!never && { retryAfterMs: Math.max(...times.map(Number)) * (1 + 0.1 * random()) }),
    },
  );
}

interface Told {
  quota: QuotaViolation;
  /** Undefined: coming back is no use. */
  retryAfterMs: number | undefined;
}

function tell(denial: Denial, nanoUsd: number, now: number): Told {
  switch (denial.claim) {
    case 'rate':
      return tellRate(denial.rate, denial.retryAfterMs);
    case 'place': {
      const { scope, limit } = denial.place;
      const description = `${limit} calls may be in flight, and as many are.`;
      return { quota: { subject: scope, description }, retryAfterMs: SOON_MS };
    }
    case 'budget':
      return tellBudget(denial.budget, denial.status, { nanoUsd, now });
  }
}

function tellRate({ scope, unit, perMinute, amount }: RateClaim, retryAfterMs: number | undefined): Told {
  const description =
    retryAfterMs === undefined
      ? `the call alone takes some ${amount} ${unit}, more than the ${perMinute} of a minute. Ask for less.`
      : `${perMinute} ${unit} a minute are used up.`;
  return { quota: { subject: scope, description }, retryAfterMs };
}

function tellBudget(
  { scope, period, limitNanoUsd }: { scope: string; period: BudgetPeriod; limitNanoUsd: number },
  { spentNanoUsd, resetAt }: BudgetStatus,
  { nanoUsd, now }: { nanoUsd: number; now: number },
): Told {
  const whose = `${dollars(limitNanoUsd)} a ${period === BudgetPeriod.DAY ? 'day' : 'month'}`;
  const left = limitNanoUsd - spentNanoUsd;
  const most = `the call can cost up to ${dollars(nanoUsd)}`;
  if (nanoUsd > limitNanoUsd)
    return told(`${most}, more than the whole ${whose}. Set a smaller max_output_tokens.`, undefined);
  if (nanoUsd <= left)
    return told(`${most}, and what is left of ${whose} is reserved by calls that are running.`, SOON_MS);
  return told(
    `${most}, and ${dollars(Math.max(0, left))} of ${whose} is left. A smaller max_output_tokens makes it cost less.`,
    Math.max(0, resetAt - now),
  );

  function told(description: string, retryAfterMs: number | undefined): Told {
    return { quota: { subject: scope, description }, retryAfterMs };
  }
}

/** Refuses models whose price is not known, where a budget could not hold them. */
export function unpricedRefused(budget: HeldBudget, targets: readonly string[]): GatewayError {
  const description = `the price of ${targets.join(', ')} is not known, so a budget cannot hold it. Give it one under \`prices\`, or allow it by \`unpriced: allow\` in the budget.`;
  return new GatewayError(ErrorReason.BUDGET_EXHAUSTED, `${budget.scope}: ${description}`, {
    quotas: [{ subject: budget.scope, description }],
    metadata: { scope: budget.scope, targets: targets.join(',') },
  });
}

/** Refuses a call whose budget cannot be asked. */
export function accountsAway(budget: HeldBudget, cause: unknown): GatewayError {
  return new GatewayError(
    ErrorReason.STORE_UNAVAILABLE,
    `The budget ${budget.scope} cannot be asked: Redis does not answer. Call again; whoever runs the gateway can let calls run meanwhile by \`onStoreFailure: allow\`.`,
    { cause, retryAfterMs: SOON_MS, metadata: { scope: budget.scope } },
  );
}

function dollars(nanoUsd: number): string {
  return `$${(nanoUsd / 1e9).toFixed(9).replace(/\.?0+$/, '')}`;
}
