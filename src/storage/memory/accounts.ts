import type { BudgetClaim, BudgetStatus } from '../../completion/ledger.ts';
import { BudgetPeriod } from '../../gen/sluice/v1/usage_service.ts';
import { periodOf } from '../calendar.ts';

/** Fewer accounts than this are not worth looking for ended ones. */
const MIN_SWEPT = 1_024;

/** What stands in a budget's books for one period. */
export interface Account {
  spent: number;
  reserved: number;
  /** In milliseconds since the epoch. */
  endsAt: number;
}

/** The accounts of the periods that run. Who still holds one of a period that ended may book in it, and nobody will see. */
export interface Accounts {
  /** The account of a claim; it is opened where there is none. */
  of(claim: BudgetClaim, now: number): Account;
  /** Where a claim stands. Opens nothing. */
  status(claim: BudgetClaim, now: number): BudgetStatus;
}

export function createAccounts(): Accounts {
  const days = new Map<string, Account>();
  const months = new Map<string, Account>();
  let sweepAt = MIN_SWEPT;

  return {
    of(claim, now) {
      const accounts = accountsOf(claim);
      const account = accounts.get(claim.scope);
      if (account && now < account.endsAt) return account;
      const opened = { spent: 0, reserved: 0, endsAt: periodOf(claim.period, now).endsAt };
      accounts.set(claim.scope, opened);
      if (days.size + months.size >= sweepAt) sweep(now);
      return opened;
    },

    status(claim, now) {
      const account = accountsOf(claim).get(claim.scope);
      if (account && now < account.endsAt) return statusOf(account);
      return { spentNanoUsd: 0, reservedNanoUsd: 0, resetAt: periodOf(claim.period, now).endsAt };
    },
  };

  function accountsOf({ period }: BudgetClaim): Map<string, Account> {
    return period === BudgetPeriod.DAY ? days : months;
  }

  function sweep(now: number): void {
    for (const accounts of [days, months]) {
      for (const [scope, { endsAt }] of accounts) if (now >= endsAt) accounts.delete(scope);
    }
    sweepAt = Math.max(MIN_SWEPT, 2 * (days.size + months.size));
  }
}

export function statusOf({ spent, reserved, endsAt }: Account): BudgetStatus {
  return { spentNanoUsd: spent, reservedNanoUsd: reserved, resetAt: endsAt };
}
