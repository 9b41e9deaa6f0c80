import type {
  Admitted,
  BudgetClaim,
  BudgetStatus,
  Denial,
  Entry,
  RateClaim,
  Settling,
} from '../../../src/completion/ledger.ts';
import { BudgetPeriod, type UsageRecord } from '../../../src/gen/sluice/v1/usage_service.ts';

const MINUTE_US = 60_000_000n;

/**
 * A slow and naive reading of the ledger's rules, that shares nothing with the implementations: rates are the virtual
 * scheduling of GCRA in exact fractions, and what stands in a budget is added up anew from every call there ever was.
 */
export function createOracle() {
  const calls = new Map<string, Call>();
  /** When the next unit would be due, in microseconds, times units per minute. */
  const due = new Map<string, bigint>();

  return { admit, extend, settle, pass, budgets, records, total, reservedBy };

  function admit(entry: Entry, now: number): Admitted {
    pass(now);
    const known = calls.get(entry.id);
    if (known) throw new Error('the oracle admits an id once');
    const denials: Denial[] = [];
    for (const rate of entry.rates) {
      if (rate.amount > rate.perMinute) {
        denials.push({ claim: 'rate', rate, retryAfterMs: undefined });
        continue;
      }
      const lateUs = dueAfter(rate, rate.amount, now) - (micros(now) + MINUTE_US) * BigInt(rate.perMinute);
      const perMs = 1_000n * BigInt(rate.perMinute);
      if (lateUs > 0n)
        denials.push({ claim: 'rate', rate, retryAfterMs: Number((lateUs + perMs - 1n) / perMs) });
    }
    for (const place of entry.places) {
      const taken = [...calls.values()].filter(
        (call) => call.state === 'running' && call.entry.places.some(({ scope }) => scope === place.scope),
      );
      if (taken.length >= place.limit) denials.push({ claim: 'place', place });
    }
    denials.push(...budgetDenials(entry, entry.nanoUsd, now));
    if (denials.length > 0) return { admitted: false, denials };
    for (const rate of entry.rates) due.set(scopeOf(rate), dueAfter(rate, rate.amount, now));
    calls.set(entry.id, {
      state: 'running',
      entry,
      at: now,
      expires: now + entry.leaseMs,
      reserved: entry.nanoUsd,
      ifLost: entry.ifLost,
    });
    return { admitted: true, budgets: budgets(entry.budgets, now) };
  }

  function extend(entry: Entry, now: number): Admitted {
    pass(now);
    const call = calls.get(entry.id);
    if (call?.state !== 'running') return { admitted: false, denials: [] };
    const denials = budgetDenials(entry, entry.nanoUsd, call.at);
    if (denials.length > 0) return { admitted: false, denials };
    call.reserved += entry.nanoUsd;
    call.expires = now + entry.leaseMs;
    call.ifLost = entry.ifLost;
    return { admitted: true, budgets: statuses(entry.budgets, call.at) };
  }

  function settle({ entry, rateAmounts, nanoUsd, record }: Settling, now: number): void {
    pass(now);
    const call = calls.get(entry.id);
    if (call?.state === 'settled') return;
    for (const [n, rate] of entry.rates.entries()) {
      const correction = (rateAmounts[n] ?? 0) - (call ? rate.amount : 0);
      due.set(scopeOf(rate), dueAfter(rate, correction, now));
    }
    const at = call?.at ?? record?.startTime?.getTime() ?? now;
    calls.set(entry.id, { state: 'settled', entry, at, spent: nanoUsd, record });
  }

  function pass(now: number): void {
    for (const [id, call] of calls) {
      if (call.state === 'running' && call.expires <= now) calls.set(id, { ...call, state: 'lost' });
    }
  }

  function dueAfter(rate: RateClaim, amount: number, now: number): bigint {
    const scaledNow = micros(now) * BigInt(rate.perMinute);
    const last = due.get(scopeOf(rate)) ?? 0n;
    const from = last > scaledNow ? last : scaledNow;
    return from + BigInt(amount) * MINUTE_US;
  }

  function budgetDenials({ budgets: claims }: Entry, nanoUsd: number, at: number): Denial[] {
    return claims.flatMap((budget, n) => {
      const status = statuses(claims, at)[n] as BudgetStatus;
      const over = status.spentNanoUsd + status.reservedNanoUsd + nanoUsd > budget.limitNanoUsd;
      return over ? [{ claim: 'budget' as const, budget, status }] : [];
    });
  }

  function budgets(claims: readonly BudgetClaim[], now: number): BudgetStatus[] {
    pass(now);
    return statuses(claims, now);
  }

  /** How budgets stand in the periods of one time, and when those end. */
  function statuses(claims: readonly BudgetClaim[], at: number): BudgetStatus[] {
    return claims.map((claim) => {
      const status = { spentNanoUsd: 0, reservedNanoUsd: 0, resetAt: endOf(claim, at) };
      for (const call of calls.values()) {
        const own = call.entry.budgets.find(
          ({ scope, period }) => scope === claim.scope && period === claim.period,
        );
        if (!own || endOf(claim, call.at) !== status.resetAt) continue;
        if (call.state === 'running') status.reservedNanoUsd += call.reserved;
        if (call.state === 'lost' && own.onLostCall === 'charge') status.spentNanoUsd += call.reserved;
        if (call.state === 'settled') status.spentNanoUsd += call.spent;
      }
      return status;
    });
  }

  function records(): UsageRecord[] {
    const all = [...calls.values()].flatMap((call) => {
      if (call.state === 'settled') return call.record ?? [];
      const charged = call.entry.budgets.some(({ onLostCall }) => onLostCall === 'charge');
      return call.state === 'lost' && charged ? call.ifLost : [];
    });
    const position = ({ startTime, id }: UsageRecord) => `${startTime?.toISOString()} ${id}`;
    return all.sort((a, b) => (position(a) < position(b) ? 1 : -1));
  }

  function total() {
    const all = records();
    return {
      callCount: all.length,
      failedCallCount: all.filter(({ status }) => status !== 'OK').length,
      costNanoUsd: all.reduce((sum, { cost }) => sum + (cost?.nanoUsd ?? 0), 0),
    };
  }

  /** What a call under way holds of each of its budgets. */
  function reservedBy(id: string): number | undefined {
    const call = calls.get(id);
    return call?.state === 'running' ? call.reserved : undefined;
  }
}

type Call = {
  entry: Settling['entry'];
  /** When it was admitted. */
  at: number;
} & (
  | { state: 'running' | 'lost'; expires: number; reserved: number; ifLost: UsageRecord }
  | { state: 'settled'; spent: number; record: UsageRecord | undefined }
);

function scopeOf({ unit, scope }: RateClaim): string {
  return `${unit} ${scope}`;
}

function endOf({ period }: BudgetClaim, time: number): number {
  const date = new Date(time);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return period === BudgetPeriod.DAY ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1);
}

function micros(time: number): bigint {
  return BigInt(time) * 1_000n;
}
