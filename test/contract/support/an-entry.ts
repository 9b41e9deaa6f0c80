import type { BudgetClaim, Entry, PlaceClaim, RateClaim, Settling } from '../../../src/completion/ledger.ts';
import { CacheStatus } from '../../../src/gen/sluice/v1/execution.ts';
import { BudgetPeriod, UsageRecord } from '../../../src/gen/sluice/v1/usage_service.ts';

/** A record with everything at its default but what is said. */
export function aRecord(said: Parameters<typeof UsageRecord.fromPartial>[0] = {}): UsageRecord {
  return UsageRecord.fromPartial({
    id: 'call-1',
    key: 'checkout',
    model: 'fast',
    provider: 'openai',
    providerModel: 'gpt',
    status: 'OK',
    cacheStatus: CacheStatus.MISS,
    ...said,
  });
}

/** What a call asks for: nothing but what is said, and a minute's lease. */
export function anEntry(said: Partial<Entry> = {}): Entry {
  const { id = 'call-1', nanoUsd = 0 } = said;
  return {
    id,
    rates: [],
    places: [],
    budgets: [],
    nanoUsd,
    leaseMs: 60_000,
    ifLost: aRecord({ id, status: 'UNKNOWN', cost: { nanoUsd, estimated: true } }),
    ...said,
  };
}

export function aRate(said: Partial<RateClaim> = {}): RateClaim {
  return { scope: 'key:checkout', unit: 'requests', perMinute: 60, amount: 1, ...said };
}

export function aPlace(said: Partial<PlaceClaim> = {}): PlaceClaim {
  return { scope: 'key:checkout', limit: 2, ...said };
}

export function aBudget(said: Partial<BudgetClaim> = {}): BudgetClaim {
  return {
    scope: 'key:checkout',
    period: BudgetPeriod.MONTH,
    limitNanoUsd: 1_000,
    onLostCall: 'charge',
    ...said,
  };
}

/** The end of a call that took what it had asked for. */
export function anEnd(entry: Entry, said: Partial<Settling> = {}): Settling {
  const { nanoUsd = entry.nanoUsd } = said;
  return {
    entry,
    rateAmounts: entry.rates.map(({ amount }) => amount),
    nanoUsd,
    record: aRecord({ id: entry.id, startTime: entry.ifLost.startTime, cost: { nanoUsd } }),
    ...said,
  };
}
