import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/completion/ledger.ts';
import { UsageDimension } from '../../../src/gen/sluice/v1/usage_service.ts';
import { createAccounts } from '../../../src/storage/memory/accounts.ts';
import { createMemoryLedger } from '../../../src/storage/memory/ledger.ts';
import { createRecentIds } from '../../../src/storage/memory/recent-ids.ts';
import { createUsageDays } from '../../../src/storage/memory/usage-days.ts';
import { GROUP_LIMITS } from '../../../src/storage/usage-groups.ts';
import { linesOf } from '../../../src/storage/usage-lines.ts';
import { aBudget, anEnd, anEntry, aPlace, aRate, aRecord } from '../../contract/support/an-entry.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOON = Date.UTC(2026, 10, 27, 12);
const all = { from: 0, to: Number.POSITIVE_INFINITY, key: undefined };

describe('the ledger in memory', () => {
  it('answers without a promise', () => {
    const { ledger } = aLedger();
    expect(ledger.admit(anEntry())).toEqual({ admitted: true, budgets: [] });
    expect(ledger.extend(anEntry())).toEqual({ admitted: true, budgets: [] });
  });

  it('takes a few microseconds for a call', () => {
    const { ledger } = aLedger({ maxRecords: 10_000 });
    const rates = [aRate({ perMinute: 1e6 })];
    const places = [aPlace({ limit: 1e6 })];
    const budgets = [aBudget({ limitNanoUsd: 1e15 })];
    const calls = 20_000;
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5; round++) {
      const entries = Array.from({ length: calls }, (_, n) => {
        const entry = anEntry({ id: `${round}-${n}`, rates, places, budgets, nanoUsd: 10 });
        entry.ifLost.startTime = new Date(NOON);
        return anEnd(entry);
      });
      const begun = performance.now();
      for (const end of entries) {
        void ledger.admit(end.entry as ReturnType<typeof anEntry>);
        ledger.settle(end);
      }
      best = Math.min(best, ((performance.now() - begun) * 1_000) / calls);
    }
    process.stdout.write(`admission and settlement in memory: ${best.toFixed(2)} us\n`);
    expect(best).toBeLessThan(50);
  });
});

describe('usage in memory', () => {
  it('holds the newest records, and whole days exactly beyond them', async () => {
    const { ledger, book } = aLedger({ maxRecords: 3 });
    for (let hour = 5; hour >= 0; hour--) book(`h${hour}`, NOON - hour * HOUR_MS);
    expect((await list(ledger)).map(({ id }) => id)).toEqual(['h0', 'h1', 'h2']);
    const today = Date.UTC(2026, 10, 27);
    expect(await ledger.summarize({ ...all, from: today, groupBy: [] })).toMatchObject([{ callCount: 6 }]);
    const since = { ...all, from: NOON - 2 * HOUR_MS, groupBy: [] };
    expect(await ledger.summarize(since)).toMatchObject([{ callCount: 3 }]);
  });

  it('refuses a part of a day whose records were dropped', async () => {
    const { ledger, book } = aLedger({ maxRecords: 3 });
    for (let hour = 5; hour >= 0; hour--) book(`h${hour}`, NOON - hour * HOUR_MS);
    await expect(ledger.summarize({ ...all, from: NOON - 3 * HOUR_MS, groupBy: [] })).rejects.toMatchObject({
      message:
        'start_time: is 2026-11-27T09:00:00.000Z, within 2026-11-27, whose single calls are not all kept any more; ' +
        'take the beginning of a day, such as 2026-11-27T00:00:00.000Z or 2026-11-28T00:00:00.000Z',
    });
  });

  it('forgets records, and days, by their age', async () => {
    const { ledger, book, pass } = aLedger({ retentionMs: 2 * DAY_MS });
    book('old', NOON);
    pass(DAY_MS);
    book('new', NOON + DAY_MS);
    pass(DAY_MS + 1);
    expect((await list(ledger)).map(({ id }) => id)).toEqual(['new']);
    const byDay = { ...all, groupBy: [UsageDimension.DAY] };
    expect((await ledger.summarize(byDay)).map(({ group }) => group)).toEqual([
      ['2026-11-27'],
      ['2026-11-28'],
    ]);
    pass(DAY_MS);
    book('newest', NOON + 3 * DAY_MS);
    expect((await ledger.summarize(byDay)).map(({ group }) => group)).toEqual([
      ['2026-11-28'],
      ['2026-11-30'],
    ]);
  });

  it('puts records in order that come in out of it', async () => {
    const { ledger, book } = aLedger();
    for (const hour of [3, 1, 4, 0, 2]) book(`h${hour}`, NOON - hour * HOUR_MS);
    expect((await list(ledger)).map(({ id }) => id)).toEqual(['h0', 'h1', 'h2', 'h3', 'h4']);
    book('h0.5', NOON - HOUR_MS / 2);
    expect((await list(ledger)).map(({ id }) => id)).toEqual(['h0', 'h0.5', 'h1', 'h2', 'h3', 'h4']);
  });

  it('drops thousands of records, and still knows the rest', async () => {
    const { ledger, book } = aLedger({ maxRecords: 500 });
    for (let n = 0; n < 5_000; n++) book(`r${String(n).padStart(4, '0')}`, NOON - 5_000 + n);
    const records = await list(ledger);
    expect(records).toHaveLength(500);
    expect(records.at(-1)?.id).toBe('r4500');
  });

  it('sums up end users together once a day has too many, and takes away from the same sum', () => {
    const days = createUsageDays({ retentionMs: DAY_MS });
    const line = (endUser: string, model = 'fast') => linesOf(aRecord({ endUser, model }));
    const [users, models] = GROUP_LIMITS;
    for (let n = 0; n < users; n++) days.book(NOON, line(`u${n}`), 1);
    days.book(NOON, line('late'), 1);
    days.book(NOON, line('later'), 1);
    days.book(NOON, line('u7'), 1);
    days.book(NOON, line('late'), -1);
    for (let n = users + 1; n < models; n++) days.book(NOON, line('x', `m${n}`), 1);
    days.book(NOON, line('x', 'new'), 1);
    const groups = new Map<string, number>();
    for (const [{ endUser, model }, { callCount }] of days.groups(Date.UTC(2026, 10, 27))) {
      groups.set(`${model} ${endUser}`, callCount);
    }
    expect(groups.get('fast (others)')).toBe(1);
    expect(groups.get('fast u7')).toBe(2);
    expect(groups.get('(others) (others)')).toBe(1);
    expect(groups.size).toBe(models + 1);
  });
});

describe('what the ledger in memory keeps', () => {
  it('remembers the last ids, and no more than its limit', () => {
    const ids = createRecentIds({ limit: 10 });
    for (let n = 0; n < 1_000; n++) ids.add(`i${n}`);
    const known = Array.from({ length: 1_000 }, (_, n) => ids.has(`i${n}`));
    expect(known.slice(-5)).toEqual(Array(5).fill(true));
    expect(known.filter(Boolean).length).toBeLessThanOrEqual(10);
  });

  it('lets the accounts of days go that are over', () => {
    const accounts = createAccounts();
    const claim = aBudget();
    for (let n = 0; n < 5_000; n++) accounts.of({ ...claim, scope: `user:${n}` }, NOON).spent = 1;
    for (let n = 0; n < 5_000; n++) accounts.of({ ...claim, scope: `user:${n}` }, NOON + 30 * DAY_MS);
    expect(accounts.status({ ...claim, scope: 'user:1' }, NOON + 30 * DAY_MS)).toMatchObject({
      spentNanoUsd: 0,
    });
  });

  it('leaves the estimate of a lost call where it was lost too long ago', async () => {
    const { ledger, pass } = aLedger();
    const budgets = [aBudget({ limitNanoUsd: 1e9 })];
    const entries = Array.from({ length: 10_001 }, (_, n) => anEntry({ id: `c${n}`, budgets, nanoUsd: 10 }));
    for (const entry of entries) void ledger.admit(entry);
    pass(60_000);
    const [first, second] = entries;
    for (const entry of [first, second]) if (entry) ledger.settle(anEnd(entry, { nanoUsd: 1 }));
    expect(await ledger.budgets(budgets)).toMatchObject([{ spentNanoUsd: 100_010 - 9, reservedNanoUsd: 0 }]);
  });
});

function aLedger(usage = {}) {
  let time = NOON;
  const ledger = createMemoryLedger({
    usage: { retentionMs: 35 * DAY_MS, maxRecords: 100_000, ...usage },
    now: () => time,
  });
  return {
    ledger,
    pass(ms: number) {
      time += ms;
    },
    book(id: string, began: number) {
      const record = aRecord({ id, startTime: new Date(began), cost: { nanoUsd: 1 } });
      ledger.settle({ entry: anEntry({ id }), rateAmounts: [], nanoUsd: 1, record });
    },
  };
}

async function list(ledger: Ledger) {
  return (await ledger.list({ ...all, pageSize: 1_000, pageToken: '' })).records;
}
