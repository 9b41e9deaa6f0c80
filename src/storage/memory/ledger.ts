import type { BudgetClaim, BudgetStatus, Denial, Entry, Ledger, Settling } from '../../completion/ledger.ts';
import type { Now } from '../../completion/ports/now.ts';
import type { KeptUsage } from '../../config/config.ts';
import type { UsageRecord } from '../../gen/sluice/v1/usage_service.ts';
import { periodOf } from '../calendar.ts';
import { type Account, createAccounts, statusOf } from './accounts.ts';
import { createRates } from './rates.ts';
import { createRecentIds } from './recent-ids.ts';
import { createMemoryUsage } from './usage.ts';

/** Limit on the ids of settled calls that are remembered: in one process a second word on a call comes soon, or never. */
const MAX_SETTLED = 20_000;
/** Limit on the lost calls whose late settlement is waited for. The estimate of one beyond it stays. */
const MAX_LOST = 10_000;

/** Keeps the accounts of one process, in this process. It answers at once, and forgets all when the process ends. */
export function createMemoryLedger({ usage: config, now }: MemoryLedgerOptions): Ledger {
  const rates = createRates();
  const places = new Map<string, number>();
  const accounts = createAccounts();
  const usage = createMemoryUsage({ usage: config, now });
  const leases = new Map<string, Lease>();
  const settled = createRecentIds({ limit: MAX_SETTLED });
  const lost = new Map<string, Loss>();
  /** No lease runs out before this, in milliseconds since the epoch. */
  let nextExpiry = Number.POSITIVE_INFINITY;

  return {
    admit(entry) {
      const time = now();
      loseExpired(time);
      const { id, nanoUsd } = entry;
      if (isOver(id)) return over;
      const held = leases.get(id);
      if (held) return { admitted: true, budgets: held.reservations.map(({ account }) => statusOf(account)) };

      const denials = denialsOf(entry, time);
      if (denials) return { admitted: false, denials };
      for (const rate of entry.rates) rates.take(rate, rate.amount, micros(time));
      const scopes = distinct(entry.places.map(({ scope }) => scope));
      for (const scope of scopes) places.set(scope, (places.get(scope) ?? 0) + 1);
      const reservations: Reservation[] = [];
      const budgets = entry.budgets.map((claim) => {
        const account = accounts.of(claim, time);
        if (!reservations.some((each) => each.account === account)) {
          reservations.push({ claim, account, nanoUsd });
          account.reserved += nanoUsd;
        }
        return account;
      });
      const expiresAt = time + entry.leaseMs;
      leases.set(id, { scopes, reservations, expiresAt, ifLost: entry.ifLost });
      nextExpiry = Math.min(nextExpiry, expiresAt);
      return { admitted: true, budgets: budgets.map(statusOf) };
    },

    extend(entry) {
      const time = now();
      loseExpired(time);
      const { id, nanoUsd } = entry;
      const lease = leases.get(id);
      if (!lease) return over;
      const accountOf = (claim: BudgetClaim) =>
        lease.reservations.find((each) => isSameAccount(each.claim, claim))?.account ??
        accounts.of(claim, time);
      const denials = entry.budgets.flatMap(
        (budget) => budgetDenial(budget, accountOf(budget), nanoUsd) ?? [],
      );
      if (denials.length > 0) return { admitted: false, denials };

      const claimed = entry.budgets.map((claim) => ({ claim, account: accountOf(claim) }));
      const extended = new Set<Account>();
      for (const { claim, account } of claimed) {
        if (extended.has(account)) continue;
        extended.add(account);
        account.reserved += nanoUsd;
        const reservation = lease.reservations.find((each) => each.account === account);
        if (reservation) reservation.nanoUsd += nanoUsd;
        else lease.reservations.push({ claim, account, nanoUsd });
      }
      lease.ifLost = entry.ifLost;
      lease.expiresAt = time + entry.leaseMs;
      nextExpiry = Math.min(nextExpiry, lease.expiresAt);
      return { admitted: true, budgets: claimed.map(({ account }) => statusOf(account)) };
    },

    settle(settling) {
      const time = now();
      loseExpired(time);
      const { entry, nanoUsd, record } = settling;
      const { id } = entry;
      const lease = leases.get(id);
      if (!lease && settled.has(id)) return;
      settled.add(id);
      const loss = lease ? undefined : lost.get(id);
      correctRates(settling, Boolean(lease ?? loss), time);
      if (lease) {
        leases.delete(id);
        release(lease);
        for (const { account } of lease.reservations) account.spent += nanoUsd;
      } else if (loss) {
        lost.delete(id);
        for (const { account, charged } of loss.charges) account.spent += nanoUsd - charged;
        if (loss.record) usage.remove(loss.record);
      } else {
        for (const account of accountsAt(entry.budgets, record?.startTime?.getTime() ?? time, time)) {
          account.spent += nanoUsd;
        }
      }
      if (record) usage.add(record);
    },

    take(claims) {
      const time = micros(now());
      let waitUs = 0;
      for (const claim of claims) waitUs = Math.max(waitUs, rates.pacedWait(claim, time));
      if (waitUs > 0) return wholeMs(waitUs);
      for (const claim of claims) rates.take(claim, claim.amount, time);
      return 0;
    },

    correct(claims, amounts) {
      const time = micros(now());
      for (const [n, claim] of claims.entries()) rates.take(claim, (amounts[n] ?? 0) - claim.amount, time);
    },

    async budgets(claims) {
      const time = now();
      loseExpired(time);
      return claims.map((claim) => accounts.status(claim, time));
    },

    async summarize(query) {
      loseExpired(now());
      return usage.summarize(query);
    },

    async list(query) {
      loseExpired(now());
      return usage.list(query);
    },

    async close() {},
  };

  function isOver(id: string): boolean {
    return settled.has(id) || (lost.size > 0 && lost.has(id));
  }

  function denialsOf({ rates: rateClaims, places: placeClaims, budgets, nanoUsd }: Entry, time: number) {
    let denials: Denial[] | undefined;
    for (const rate of rateClaims) {
      const wait = rates.wait(rate, micros(time));
      if (wait === 0) continue;
      denials ??= [];
      denials.push({ claim: 'rate', rate, retryAfterMs: wait === undefined ? undefined : wholeMs(wait) });
    }
    for (const place of placeClaims) {
      if ((places.get(place.scope) ?? 0) < place.limit) continue;
      denials ??= [];
      denials.push({ claim: 'place', place });
    }
    for (const budget of budgets) {
      const denial = budgetDenial(budget, accounts.of(budget, time), nanoUsd);
      if (!denial) continue;
      denials ??= [];
      denials.push(denial);
    }
    return denials;
  }

  function correctRates({ entry, rateAmounts }: Settling, wasTaken: boolean, time: number): void {
    for (const [n, rate] of entry.rates.entries()) {
      const actual = rateAmounts[n] ?? 0;
      rates.take(rate, wasTaken ? actual - rate.amount : actual, micros(time));
    }
  }

  /** The accounts in which a call that was never admitted is booked: those of a period that ended are nobody's any more. */
  function accountsAt(claims: readonly BudgetClaim[], began: number, time: number): Set<Account> {
    const found = new Set<Account>();
    for (const claim of claims) {
      const account = accounts.of(claim, time);
      if (account.endsAt === periodOf(claim.period, began).endsAt) found.add(account);
    }
    return found;
  }

  function loseExpired(time: number): void {
    if (time < nextExpiry) return;
    nextExpiry = Number.POSITIVE_INFINITY;
    for (const [id, lease] of leases) {
      if (lease.expiresAt <= time) lose(id, lease);
      else nextExpiry = Math.min(nextExpiry, lease.expiresAt);
    }
  }

  function lose(id: string, lease: Lease): void {
    leases.delete(id);
    release(lease);
    const charges = lease.reservations.map(({ claim, account, nanoUsd }) => {
      const charged = claim.onLostCall === 'charge' ? nanoUsd : 0;
      account.spent += charged;
      return { account, charged };
    });
    const isCharged = lease.reservations.some(({ claim }) => claim.onLostCall === 'charge');
    const record = isCharged ? lease.ifLost : undefined;
    if (record) usage.add(record);
    lost.set(id, { charges, record });
    if (lost.size > MAX_LOST) forgetOldestLoss();
  }

  function forgetOldestLoss(): void {
    for (const id of lost.keys()) {
      lost.delete(id);
      settled.add(id);
      return;
    }
  }

  function release({ scopes, reservations }: Lease): void {
    for (const scope of scopes) {
      const taken = (places.get(scope) ?? 0) - 1;
      if (taken > 0) places.set(scope, taken);
      else places.delete(scope);
    }
    for (const { account, nanoUsd } of reservations) account.reserved -= nanoUsd;
  }
}

export interface MemoryLedgerOptions {
  usage: KeptUsage;
  now: Now;
}

/** What a call under way holds. */
interface Lease {
  /** Where it has a place. */
  scopes: string[];
  reservations: Reservation[];
  /** In milliseconds since the epoch. */
  expiresAt: number;
  ifLost: UsageRecord;
}

interface Reservation {
  claim: BudgetClaim;
  /** Of the period in which the call was admitted. */
  account: Account;
  nanoUsd: number;
}

/** What a lost call was charged, until the truth is known. */
interface Loss {
  charges: { account: Account; charged: number }[];
  record: UsageRecord | undefined;
}

const over = { admitted: false as const, denials: [] };

function budgetDenial(budget: BudgetClaim, account: Account, nanoUsd: number): Denial | undefined {
  if (account.spent + account.reserved + nanoUsd <= budget.limitNanoUsd) return undefined;
  const status: BudgetStatus = statusOf(account);
  return { claim: 'budget', budget, status };
}

function isSameAccount(a: BudgetClaim, b: BudgetClaim): boolean {
  return a.scope === b.scope && a.period === b.period;
}

function distinct<T>(values: T[]): T[] {
  return values.length < 2 ? values : [...new Set(values)];
}

function micros(time: number): number {
  return Math.floor(time * 1_000);
}

/** Rounded up: who waits for it passes. */
function wholeMs(waitUs: number): number {
  return Math.ceil(waitUs / 1_000);
}
