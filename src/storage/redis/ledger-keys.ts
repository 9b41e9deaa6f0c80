import type { BudgetClaim, PlaceClaim, RateClaim } from '../../completion/ledger.ts';
import { BudgetPeriod } from '../../gen/sluice/v1/usage_service.ts';
import { dayOf, periodOf } from '../calendar.ts';

/** Names of the ledger's keys. */
export type LedgerKeys = ReturnType<typeof createLedgerKeys>;

/**
 * All keys share one hash tag, hence one slot of a cluster: an admission is one atomic step over the scopes of key, end user,
 * labels and gateway, and a step cannot span slots. Callers' texts come after the tag, where their braces mean nothing; the
 * prefix has none (see the configuration's schema).
 */
export function createLedgerKeys(keyPrefix: string) {
  const prefix = `${keyPrefix}:{ledger}:`;

  return {
    /** Ids of calls under way, by when their lease runs out. */
    leases: `${prefix}leases`,
    /** The lease of a call, then its end and its record. */
    call: (id: string) => `${prefix}call:${id}`,
    rate: ({ unit, scope }: RateClaim) => `${prefix}rate:${unit}:${scope}`,
    /** Ids of the calls that have one, by when their lease runs out. */
    places: ({ scope }: PlaceClaim) => `${prefix}places:${scope}`,
    /** The account of a budget in the period in which a time lies. */
    budget: (claim: BudgetClaim, time: number) =>
      `${prefix}budget:${periodOf(claim.period, time).name}:${claim.scope}`,
    /** Sums of a UTC day by group. */
    day: (time: number) => `${prefix}usage:${dayOf(time)}`,
    /** Members of a UTC day's list of calls: of one key, or of all. */
    index: (time: number, key?: string) =>
      `${prefix}calls:${dayOf(time)}${key === undefined ? '' : `:${key}`}`,
  };
}

/** Names a budget in a lease, whatever the period. */
export function budgetName({ period, scope }: BudgetClaim): string {
  return `${period === BudgetPeriod.DAY ? 'day' : 'month'} ${scope}`;
}

const TIME_DIGITS = 15;

/** A call in the list of its day: their order by bytes is that by time, then id. */
export function indexMember(time: number, id: string): string {
  return `${paddedTime(time)}:${id}`;
}

/** The beginning of all members of a time. */
export function paddedTime(time: number): string {
  return String(Math.ceil(time)).padStart(TIME_DIGITS, '0');
}

/** The reverse of {@link indexMember}. */
export function idOfMember(member: string): string {
  return member.slice(TIME_DIGITS + 1);
}

export function timeOfMember(member: string): number {
  return Number(member.slice(0, TIME_DIGITS));
}
