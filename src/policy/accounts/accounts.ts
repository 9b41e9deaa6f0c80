import { GatewayError } from '../../completion/error.ts';
import type { Admitted, BudgetSeen, BudgetStatus, Entry, Ledger } from '../../completion/ledger.ts';
import type { AnyAnswer, AnyCall, Now, Outcome, Policy, Route } from '../../completion/ports.ts';
import { totalTokens } from '../../completion/usage.ts';
import type { BudgetConfig } from '../../config/config.ts';
import type { UsageRecord } from '../../gen/sluice/v1/usage_service.ts';
import { budgetsOn, type HeldBudget, isFree, limitsOn, payerOf } from './claims.ts';
import { accountsAway, refused, unpricedRefused } from './refusals.ts';
import { lostRecord, type RecordDeps, usageRecord } from './usage-record.ts';

/**
 * Holds callers to their limits and budgets, and books what each call used. A call reserves the most that it can cost, in
 * one step over everything that holds it; when it has ended the truth is booked in its place, together with its record.
 */
export interface Accounts extends Policy {
  /** Books a call that has ended, whether or not it was ever admitted: its one record, and what it owes. */
  close(call: AnyCall, outcome: Outcome<AnyAnswer>): void;
}

export interface AccountsOptions extends RecordDeps {
  ledger: Ledger;
  /** Counts rates and places while the ledger cannot be asked. Undefined where it always can. */
  local: Ledger | undefined;
  /** Budgets that hold whichever key is used. */
  budgets: readonly BudgetConfig[];
  /** Hears of each record. */
  booked(record: UsageRecord): void;
  /** Hears how a budget stands, with each call that it holds. */
  budgetSeen(budget: BudgetSeen): void;
  now: Now;
  /** From 0, below 1. */
  random: () => number;
}

/** The share of a budget from which on its callers are warned. */
const NEARLY = 0.8;

/** How long after its own limit a call counts as lost, in milliseconds: settling may wait for Redis to come back. */
const GRACE_MS = 30_000;

/** What is held for a call under way. */
interface Held {
  entry: Entry;
  budgets: readonly HeldBudget[];
  /** Whether the ledger may hold it; otherwise only {@link AccountsOptions.local} does. */
  inLedger: boolean;
  inLocal: boolean;
  /** Reserved so far, in each budget. */
  reservedNanoUsd: number;
}

export function createAccounts({
  ledger,
  local,
  budgets: general,
  booked,
  budgetSeen,
  now,
  random,
  ...recordDeps
}: AccountsOptions): Accounts {
  const holdings = new WeakMap<AnyCall, Held>();

  return {
    name: 'accounts',

    admit(call, route) {
      if (isFree(call.caller, general)) return undefined;
      return hold(call, route);
    },

    close(call, outcome) {
      const held = holdings.get(call);
      const record = usageRecord(call, outcome, { ...recordDeps, now: now() });
      const entry = held?.entry ?? { id: call.id, rates: [], places: [], budgets: [] };
      const tokens = totalTokens(record.usage);
      const settling = {
        entry,
        rateAmounts: entry.rates.map(({ unit, amount }) => (unit === 'tokens' ? tokens : amount)),
        nanoUsd: record.cost?.nanoUsd ?? 0,
        record,
      };
      ledger.settle(settling);
      if (held?.inLocal) local?.settle({ ...settling, entry: withoutBudgets(entry), record: undefined });
      booked(record);
    },
  };

  async function hold(call: AnyCall, route: Route): Promise<undefined> {
    const quote = route.quote(call.request);
    const payer = payerOf(call);
    const budgets = budgetsOn(payer, general);
    if (quote.unpriced.length > 0) {
      const strict = budgets.find(({ config }) => config.unpriced === 'deny');
      if (strict) throw unpricedRefused(strict, quote.unpriced);
    }
    const entry: Entry = {
      id: call.id,
      ...limitsOn(payer, quote),
      budgets,
      nanoUsd: quote.nanoUsd,
      leaseMs: Math.min(call.deadline - now(), quote.limitMs) + GRACE_MS,
      ifLost: lostRecord(call, quote),
    };
    const held = { entry, budgets, inLedger: true, inLocal: false, reservedNanoUsd: quote.nanoUsd };
    holdings.set(call, held);
    const admitted = await ask(held, call);
    if (budgets.length > 0) {
      see(call, budgets, admitted);
      call.cover = () => cover(call, held, route);
    }
    return undefined;
  }

  /** Asks the ledger or, while it is away, those who can answer in its place. */
  async function ask(held: Held, call: AnyCall): Promise<BudgetStatus[]> {
    const { entry, budgets } = held;
    try {
      return granted(call, entry, await ledger.admit(entry));
    } catch (thrown) {
      if (thrown instanceof GatewayError) throw thrown;
      const strict = budgets.find(({ config }) => config.onStoreFailure === 'deny');
      if (strict) throw accountsAway(strict, thrown);
      call.telemetry.failedQuietly('ask the accounts', thrown);
      if (local) {
        granted(call, entry, await local.admit(withoutBudgets(entry)));
        held.inLocal = true;
      }
      return [];
    }
  }

  /** @throws GatewayError where it was not granted: then nothing is held. */
  function granted(call: AnyCall, { nanoUsd }: Entry, answer: Admitted): BudgetStatus[] {
    if (answer.admitted) return answer.budgets;
    holdings.delete(call);
    throw refused(answer.denials, { nanoUsd, now: now(), random });
  }

  /** Reserves for one more attempt what those before it have used up. */
  async function cover(call: AnyCall, held: Held, route: Route): Promise<void> {
    const quote = route.quote(call.request);
    const needed = quote.nanoUsd + spentBy(call);
    const more = needed - held.reservedNanoUsd;
    if (more <= 0 || held.inLocal) return;
    const entry = { ...held.entry, nanoUsd: more, ifLost: lostRecord(call, quote, needed) };
    const answer = await extended(entry, held, call);
    if (!answer.admitted) throw refused(answer.denials, { nanoUsd: more, now: now(), random });
    held.reservedNanoUsd = needed;
  }

  async function extended(entry: Entry, { budgets }: Held, call: AnyCall): Promise<Admitted> {
    try {
      return await ledger.extend(entry);
    } catch (thrown) {
      const strict = budgets.find(({ config }) => config.onStoreFailure === 'deny');
      if (strict) throw accountsAway(strict, thrown);
      call.telemetry.failedQuietly('ask the accounts', thrown);
      return { admitted: true, budgets: [] };
    }
  }

  function see(call: AnyCall, budgets: readonly HeldBudget[], statuses: readonly BudgetStatus[]): void {
    for (const [index, status] of statuses.entries()) {
      const budget = budgets[index];
      if (!budget) continue;
      const { scope, limitNanoUsd } = budget;
      const { per } = budget.config;
      const share = (status.spentNanoUsd + status.reservedNanoUsd) / limitNanoUsd;
      const nearlySpent = share >= NEARLY;
      if (nearlySpent) call.tell('sluice-budget-warning', `${scope} ${per} ${Math.floor(share * 100)}%`);
      budgetSeen({ scope, per, limitNanoUsd, nearlySpent, ...status });
    }
  }
}

function withoutBudgets<Some extends Pick<Entry, 'budgets'>>(entry: Some): Some {
  return { ...entry, budgets: [] };
}

function spentBy({ attempts }: AnyCall): number {
  return attempts.reduce((sum, { cost }) => sum + (cost?.nanoUsd ?? 0), 0);
}
