import { LRUCache } from 'lru-cache';
import type { BudgetSeen } from '../completion/ledger.ts';
import type { WarnLog } from './bounded-log.ts';

/** Beyond this many budgets, the one that was warned of longest ago may be warned of again. */
const REMEMBERED = 10_000;

/** Warns of a budget that is nearly spent: once in its period, by each process. */
export function createBudgetWarnings(log: WarnLog): (budget: BudgetSeen) => void {
  const warned = new LRUCache<string, number>({ max: REMEMBERED });

  return ({ scope, per, limitNanoUsd, spentNanoUsd, reservedNanoUsd, resetAt }) => {
    const budget = `${scope}\n${per}`;
    if (warned.get(budget) === resetAt) return;
    warned.set(budget, resetAt);
    log.warn(
      {
        scope,
        per,
        limit_nano_usd: limitNanoUsd,
        spent_nano_usd: spentNanoUsd,
        reserved_nano_usd: reservedNanoUsd,
        resets_at: new Date(resetAt).toISOString(),
      },
      'budget nearly spent',
    );
  };
}
