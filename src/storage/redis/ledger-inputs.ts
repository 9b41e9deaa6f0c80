import type { BudgetClaim, Entry, PacedClaim, Settling } from '../../completion/ledger.ts';
import type { Now } from '../../completion/ports/now.ts';
import type { UsageRecord } from '../../gen/sluice/v1/usage_service.ts';
import { DAY_MS, periodOf } from '../calendar.ts';
import { GROUP_CHOICES, groupFor } from '../usage-groups.ts';
import { beginningOf, COUNTERS, linesOf } from '../usage-lines.ts';
import { budgetName, indexMember, type LedgerKeys } from './ledger-keys.ts';
import type { ScriptArgument, ScriptInput } from './script.ts';
import { encodeStoredRecord } from './stored-record.ts';

/**
 * For how long the end of a call without a record is remembered; one with a record is for as long as that. Whatever may still
 * say something of a call says it sooner: a frozen Redis working off old sockets, an outbox while Redis is away.
 */
const REMEMBERED_MS = DAY_MS;

const CHOICES = Array.from({ length: GROUP_CHOICES }, (_, choice) => choice);

/** Puts together what the scripts of the ledger are given, in the order that each of them names at its top. */
export function createLedgerInputs({ keys, retentionMs, time, redisTime }: LedgerInputsOptions) {
  /** Usage is kept for a day more than is promised, since a day of it ends later than it begins. */
  const usageMs = retentionMs + DAY_MS;
  /** Lost calls are charged, and ended periods corrected, however long no gateway ran. */
  const leaseKeptMs = Math.max(usageMs, REMEMBERED_MS);

  return {
    /** Of a call that asks at a time, in whose periods it is booked. */
    admit(entry: Entry, at: number): ScriptInput {
      const { id, rates, places, budgets } = entry;
      return {
        keys: [
          keys.call(id),
          keys.leases,
          ...rates.map(keys.rate),
          ...places.map(keys.places),
          ...budgets.map((claim) => keys.budget(claim, at)),
        ],
        args: [
          redisTime(),
          ...lease(entry),
          rates.length,
          places.length,
          budgets.length,
          ...estimate(entry),
          ...rates.flatMap(({ amount, perMinute }) => [amount, perMinute]),
          ...places.map(({ limit }) => limit),
          ...budgets.flatMap(budget),
        ],
      };
    },

    /** Of a call that began at a time. */
    extend(entry: Entry, began: number): ScriptInput {
      const { id, places, budgets } = entry;
      return {
        keys: [
          keys.call(id),
          keys.leases,
          ...budgets.map((claim) => keys.budget(claim, began)),
          ...places.map(keys.places),
        ],
        args: [
          redisTime(),
          ...lease(entry),
          budgets.length,
          places.length,
          ...estimate(entry),
          ...budgets.flatMap(budget),
        ],
      };
    },

    /** One of those that are settled together. */
    settle({ entry, rateAmounts, nanoUsd, record }: Settling): ScriptInput {
      const { id, rates, places, budgets } = entry;
      const at = time();
      const began = record?.startTime?.getTime() ?? at;
      return {
        keys: [
          keys.call(id),
          keys.day(began),
          keys.index(began),
          keys.index(began, record?.key ?? ''),
          ...rates.map(keys.rate),
          ...budgets.map((claim) => keys.budget(claim, began)),
          ...places.map(keys.places),
        ],
        args: [
          id,
          nanoUsd,
          rates.length,
          budgets.length,
          places.length,
          ...(record ? recordArguments(record) : ['', '', '']),
          ...rates.flatMap(({ perMinute, amount }, n) => [perMinute, amount, rateAmounts[n] ?? 0]),
          ...budgets.flatMap((claim) => [budgetName(claim), accountTtlMs(claim, at)]),
        ],
      };
    },

    settleAll(settlements: readonly ScriptInput[]): ScriptInput {
      return {
        keys: [keys.leases, ...settlements.flatMap((each) => each.keys)],
        args: [
          redisTime(),
          usageMs,
          REMEMBERED_MS,
          ...settlements.flatMap((each) => [each.keys.length, each.args.length, ...each.args]),
        ],
      };
    },

    take(claims: readonly PacedClaim[]): ScriptInput {
      return {
        keys: claims.map(keys.rate),
        args: [
          redisTime(),
          ...claims.flatMap(({ amount, perMinute, atOnce }) => [amount, perMinute, atOnce]),
        ],
      };
    },

    correct(claims: readonly PacedClaim[], amounts: readonly number[]): ScriptInput {
      const corrections = claims.flatMap(({ perMinute, amount }, n) => [
        perMinute,
        (amounts[n] ?? 0) - amount,
      ]);
      return { keys: claims.map(keys.rate), args: [redisTime(), ...corrections] };
    },

    /** Lost calls, at most so many. */
    due(most: number): ScriptInput {
      return { keys: [keys.leases], args: [redisTime(), most] };
    },

    reap(id: string): ScriptInput {
      return { keys: [keys.call(id), keys.leases], args: [redisTime(), id, usageMs, REMEMBERED_MS] };
    },
  };

  function lease({ id, nanoUsd, leaseMs }: Entry): ScriptArgument[] {
    return [id, nanoUsd, Math.ceil(leaseMs * 1_000), leaseKeptMs];
  }

  /** What is written where the call is lost; nothing where no budget is charged then. */
  function estimate({ budgets, ifLost }: Entry): ScriptArgument[] {
    if (!budgets.some(({ onLostCall }) => onLostCall === 'charge')) return ['', '', '', '', '', ''];
    const began = beginningOf(ifLost);
    return [...recordArguments(ifLost), keys.day(began), keys.index(began), keys.index(began, ifLost.key)];
  }

  function budget(claim: BudgetClaim): ScriptArgument[] {
    return [budgetName(claim), claim.limitNanoUsd, claim.onLostCall, accountTtlMs(claim, time())];
  }

  /** Beyond its period: a call may end, or be found lost, after it. */
  function accountTtlMs({ period }: BudgetClaim, at: number): number {
    return Math.ceil(periodOf(period, at).endsAt - at) + leaseKeptMs;
  }
}

export interface LedgerInputsOptions {
  keys: LedgerKeys;
  /** For how long usage can be asked for. */
  retentionMs: number;
  /** Of this process. */
  time: Now;
  /** By which rates and leases go; '' for that of Redis itself. */
  redisTime: () => ScriptArgument;
}

function recordArguments(record: UsageRecord): ScriptArgument[] {
  const lines = linesOf(record).map((line) => [
    CHOICES.map((choice) => groupFor(line, choice)),
    COUNTERS.map((counter) => line.counts[counter]),
  ]);
  return [encodeStoredRecord(record), indexMember(beginningOf(record), record.id), JSON.stringify(lines)];
}
