import { setTimeout as sleep } from 'node:timers/promises';
import type { Admitted, BudgetSeen, BudgetStatus, Entry, Ledger } from '../../completion/ledger.ts';
import type { AnyAnswer, AnyCall, Outcome } from '../../completion/ports/call.ts';
import type { Now } from '../../completion/ports/now.ts';
import type { Policy } from '../../completion/ports/policy.ts';
import type { Quote, Route } from '../../completion/ports/route.ts';
import { costOf, totalTokens } from '../../completion/usage.ts';
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
  /** Hears of each call that ran although the ledger could not be asked. */
  unreachable(error: unknown): void;
  now: Now;
  /** From 0, below 1. */
  random: () => number;
}

/** The share of a budget from which on its callers are warned. */
const NEARLY = 0.8;

/** When the ledger is asked again that has not answered, in milliseconds after the time before. */
const ASK_AGAIN_MS = [50, 150, 300];

/** How long after its own limit a call counts as lost, in milliseconds: settling may wait for Redis to come back. */
const GRACE_MS = 30_000;

/** What is held for a call under way. */
interface Held {
  entry: Entry;
  budgets: readonly HeldBudget[];
  /** Whether {@link AccountsOptions.local} holds its rates and places, since the ledger could not be asked. */
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
  unreachable,
  now,
  random,
  ...recordDeps
}: AccountsOptions): Accounts {
  /** By id of the call; each is taken out when its call is closed. A WeakMap would cost the collector more than all of this. */
  const holdings = new Map<string, Held>();

  return {
    name: 'accounts',

    admit(call, route) {
      if (isFree(call.caller, general)) return undefined;
      const held = hold(call, route);
      const answer = ledger.admit(held.entry);
      return answer instanceof Promise ? decideLater(call, held, answer) : decide(call, held, answer);
    },

    close(call, outcome) {
      const held = holdings.get(call.id);
      holdings.delete(call.id);
      const record = usageRecord(call, outcome, now(), recordDeps);
      const entry = held?.entry ?? { id: call.id, rates: none, places: none, budgets: none };
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

  function hold(call: AnyCall, route: Route): Held {
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
    const held = { entry, budgets, inLocal: false, reservedNanoUsd: quote.nanoUsd };
    holdings.set(call.id, held);
    if (budgets.length > 0) call.cover = coverOf(call, held, route);
    return held;
  }

  /** By itself: as a closure of {@link hold} it brought 5 kB more of each call into the old generation, as measured. */
  function coverOf(call: AnyCall, held: Held, route: Route): NonNullable<AnyCall['cover']> {
    return (request) => cover(call, held, route.quote(request));
  }

  /** @throws GatewayError where the call may not run: then nothing is held. */
  function decide(call: AnyCall, { entry, budgets }: Held, answer: Admitted): undefined {
    if (answer.admitted) return see(call, budgets, answer.budgets);
    holdings.delete(call.id);
    throw refused(answer.denials, { nanoUsd: entry.nanoUsd, now: now(), random });
  }

  async function decideLater(call: AnyCall, held: Held, answer: Promise<Admitted>): Promise<undefined> {
    let admitted: Admitted;
    try {
      admitted = await patiently(answer, held, call);
    } catch (error) {
      return await decideWithoutLedger(held, error);
    }
    decide(call, held, admitted);
  }

  /**
   * A call that cannot run without an answer waits for it a little longer, since the alternative is to fail. Asked again, the
   * ledger takes nothing twice.
   */
  async function patiently(first: Promise<Admitted>, { entry, budgets }: Held, { abort }: AnyCall) {
    let answer = first;
    const delays = strictOf(budgets) ? [...ASK_AGAIN_MS] : [];
    for (;;) {
      try {
        return await answer;
      } catch (error) {
        const delay = delays.shift();
        if (delay === undefined || abort.signal.aborted) throw error;
        await sleep(delay);
        answer = Promise.resolve(entry).then(ledger.admit);
      }
    }
  }

  /** The ledger may have taken the claims, without its answer being heard: they stay held, to be settled in any case. */
  async function decideWithoutLedger(held: Held, error: unknown): Promise<undefined> {
    const { entry, budgets } = held;
    const strict = strictOf(budgets);
    if (strict) throw accountsAway(strict, error);
    unreachable(error);
    if (!local) return;
    const answer = await local.admit(withoutBudgets(entry));
    if (!answer.admitted) throw refused(answer.denials, { nanoUsd: entry.nanoUsd, now: now(), random });
    held.inLocal = true;
  }

  /** Reserves for one more attempt what those before it have used up. */
  async function cover(call: AnyCall, held: Held, quote: Quote): Promise<void> {
    const needed = quote.nanoUsd + costOf(call.attempts).nanoUsd;
    const more = needed - held.reservedNanoUsd;
    if (more <= 0 || held.inLocal) return;
    const entry = { ...held.entry, nanoUsd: more, ifLost: lostRecord(call, quote, needed) };
    const answer = await extended(entry, held);
    if (!answer.admitted) throw refused(answer.denials, { nanoUsd: more, now: now(), random });
    held.reservedNanoUsd = needed;
  }

  async function extended(entry: Entry, { budgets }: Held): Promise<Admitted> {
    try {
      return await ledger.extend(entry);
    } catch (thrown) {
      const strict = strictOf(budgets);
      if (strict) throw accountsAway(strict, thrown);
      unreachable(thrown);
      return { admitted: true, budgets: [] };
    }
  }

  function see(call: AnyCall, budgets: readonly HeldBudget[], statuses: readonly BudgetStatus[]): undefined {
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

const none: readonly never[] = [];

/** A budget without whose answer no call may run. */
function strictOf(budgets: readonly HeldBudget[]): HeldBudget | undefined {
  return budgets.find(({ config }) => config.onStoreFailure === 'deny');
}

function withoutBudgets<Some extends Pick<Entry, 'budgets'>>(entry: Some): Some {
  return { ...entry, budgets: [] };
}
