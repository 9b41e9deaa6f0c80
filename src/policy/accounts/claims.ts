import type { BudgetClaim, PlaceClaim, RateClaim } from '../../completion/ledger.ts';
import type { AnyCall, Caller } from '../../completion/ports/call.ts';
import type { Quote } from '../../completion/ports/route.ts';
import type { BudgetConfig, LimitsConfig } from '../../config/config.ts';
import { BudgetPeriod } from '../../gen/sluice/v1/usage_service.ts';

/** A budget that a call is held against, with what the configuration says about it. */
export interface HeldBudget extends BudgetClaim {
  config: BudgetConfig;
}

/** The limits that a call is held to. */
export interface HeldLimits {
  rates: RateClaim[];
  places: PlaceClaim[];
}

/** Who a call is made by and for. */
export interface Payer {
  caller: Pick<Caller, 'name' | 'limits' | 'endUserLimits' | 'budgets'>;
  endUser: string;
  labels: Readonly<Record<string, string>>;
}

/** Says who pays for a call. */
export function payerOf({ caller, request: { endUser, labels } }: AnyCall): Payer {
  return { caller, endUser, labels };
}

/** Whether nothing holds a caller, whatever it asks for. */
export function isFree(
  { limits, endUserLimits, budgets }: Payer['caller'],
  general: readonly BudgetConfig[],
): boolean {
  return general.length === 0 && budgets.length === 0 && isEmpty(limits) && isEmpty(endUserLimits);
}

function isEmpty(limits: LimitsConfig): boolean {
  for (const _ in limits) return false;
  return true;
}

/** The limits that hold a call: those of its key, and those of its end user within the key. */
export function limitsOn({ caller, endUser }: Payer, quote: Pick<Quote, 'tokens'>): HeldLimits {
  const claims: HeldLimits = { rates: [], places: [] };
  add(caller.limits, keyScope(caller));
  add(caller.endUserLimits, userScope(keyScope(caller), endUser));
  return claims;

  function add({ requestsPerMinute, tokensPerMinute, concurrency }: LimitsConfig, scope: string): void {
    if (requestsPerMinute !== undefined)
      claims.rates.push({ scope, unit: 'requests', perMinute: requestsPerMinute, amount: 1 });
    if (tokensPerMinute !== undefined)
      claims.rates.push({ scope, unit: 'tokens', perMinute: tokensPerMinute, amount: quote.tokens() });
    if (concurrency !== undefined) claims.places.push({ scope, limit: concurrency });
  }
}

/** The budgets that hold a call: those of its key, and the general ones. */
export function budgetsOn(payer: Payer, general: readonly BudgetConfig[]): HeldBudget[] {
  const { caller } = payer;
  return [
    ...caller.budgets.map((config) => held(config, scopeOf(config, payer, keyScope(caller)))),
    ...general.map((config) => held(config, scopeOf(config, payer))),
  ];
}

function held(config: BudgetConfig, scope: string): HeldBudget {
  const period = config.per === 'day' ? BudgetPeriod.DAY : BudgetPeriod.MONTH;
  return { scope, period, limitNanoUsd: config.amountNanoUsd, onLostCall: config.onLostCall, config };
}

/** Calls that name no end user, or not the label, share one budget: leaving it out is no way around. */
function scopeOf(config: BudgetConfig, { endUser, labels }: Payer, within?: string): string {
  switch (config.for) {
    case 'all':
      return within ?? 'gateway';
    case 'endUser':
      return userScope(within, endUser);
    case 'label': {
      const label = config.label ?? '';
      return inside(within, `label:${label}=${labels[label] ?? ''}`);
    }
  }
}

function keyScope({ name }: Payer['caller']): string {
  return `key:${name}`;
}

function userScope(within: string | undefined, endUser: string): string {
  return inside(within, `user:${endUser}`);
}

function inside(within: string | undefined, scope: string): string {
  return within === undefined ? scope : `${within}/${scope}`;
}
