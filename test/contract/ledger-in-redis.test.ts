import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entry } from '../../src/completion/ledger.ts';
import { BudgetPeriod, UsageDimension } from '../../src/gen/sluice/v1/usage_service.ts';
import type { RedisClient } from '../../src/storage/redis/client.ts';
import { createRedisConnection, type RedisConnection } from '../../src/storage/redis/connection.ts';
import { createRedisLedger, type RedisLedger } from '../../src/storage/redis/ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { aBudget, anEnd, anEntry, aPlace, aRate, aRecord } from './support/an-entry.ts';

const NEW_YEAR = Date.UTC(2027, 0, 1);
const DAY_MS = 86_400_000;
const PREFIX = 'sluice:{ledger}:';

let server: RedisServer;
let redis: RedisConnection;
let ledger: RedisLedger;
let time: number;

beforeAll(async () => {
  server = await startRedis();
  const config = { urls: [server.url], cluster: false, commandTimeoutMs: 5_000, keyPrefix: 'sluice' };
  redis = createRedisConnection({ config, now: Date.now, log: { warn() {} } });
  await vi.waitFor(() => redis.run((client) => client.ping()));
});
afterAll(async () => {
  await redis.close();
  await server.stop();
});

beforeEach(async () => {
  await run((client) => client.flushall());
  time = NEW_YEAR - 1_000;
  const usage = { retentionMs: 35 * DAY_MS, maxRecords: 1 };
  const now = () => time;
  ledger = createRedisLedger({ redis, keyPrefix: 'sluice', usage, now, clock: now, log: { warn() {} } });
  return () => ledger.close();
});

describe('what the ledger leaves in Redis', () => {
  it('has one hash tag and a time to live, whatever became of the calls', async () => {
    const everything = {
      rates: [aRate(), aRate({ unit: 'tokens', perMinute: 1_000, amount: 10, scope: 'key:{a}' })],
      places: [aPlace({ limit: 10 })],
      budgets: [aBudget({ period: BudgetPeriod.DAY }), aBudget({ onLostCall: 'release' })],
      nanoUsd: 5,
    };
    const [settled, unrun, lost, late, running] = ['settled', 'unrun', 'lost', 'late', 'running'].map((id) =>
      entryNow({ id, ...everything, leaseMs: id === 'running' ? 60_000 : 5_000 }),
    ) as [Entry, Entry, Entry, Entry, Entry];
    for (const entry of [settled, unrun, lost, late, running]) {
      expect(await ledger.admit(entry)).toMatchObject({ admitted: true });
    }
    await ledger.extend(running);
    await settle(anEnd(settled, { rateAmounts: [1, 900] }));
    await settle(anEnd(unrun, { record: undefined, nanoUsd: 0, rateAmounts: [0, 0] }));
    time += 5_000;
    await ledger.reap();
    await settle(anEnd(late));
    await settle(anEnd(entryNow({ id: 'unasked', ...everything })));

    const keys = await run((client) => client.keys('*'));
    expect(keys.length).toBeGreaterThan(12);
    expect(keys.filter((key) => !key.startsWith(PREFIX))).toEqual([]);
    const ttls = await Promise.all(keys.map((key) => run((client) => client.pttl(key))));
    expect(keys.filter((_, n) => (ttls[n] ?? -1) <= 0)).toEqual([]);
    expect(Math.max(...ttls)).toBeLessThan(70 * DAY_MS);
  });

  it('books in the account of the period in which the call was admitted, whenever it ends', async () => {
    const budgets = [aBudget(), aBudget({ period: BudgetPeriod.DAY })];
    const [ended, lost] = ['ended', 'lost'].map((id) => entryNow({ id, budgets, nanoUsd: 100 })) as [
      Entry,
      Entry,
    ];
    for (const entry of [ended, lost]) await ledger.admit(entry);
    time = NEW_YEAR + 1;
    expect(await ledger.extend({ ...ended, nanoUsd: 50 })).toMatchObject({
      admitted: true,
      budgets: [{ reservedNanoUsd: 250, resetAt: NEW_YEAR }, { reservedNanoUsd: 250 }],
    });
    // The record begins in the new year, say after a long wait in line: the lease knows better.
    await settle(anEnd(ended, { nanoUsd: 7, record: aRecord({ id: 'ended', startTime: new Date(time) }) }));
    time += 60_000;
    await ledger.reap();
    for (const period of ['2026-12', '2026-12-31']) {
      const account = await run((client) => client.hgetall(`${PREFIX}budget:${period}:key:checkout`));
      expect(account).toEqual({ spent: '107', reserved: '0' });
    }
    expect(await run((client) => client.keys(`${PREFIX}budget:2027*`))).toEqual([]);
  });

  it('sums up end users together once a day has too many, and takes away from the same sum', async () => {
    const day = `${PREFIX}usage:2026-12-31`;
    for (let first = 0; first < 100_000; first += 1_000) {
      const groups = Array.from({ length: 1_000 }, (_, n) => [
        JSON.stringify(['checkout', 'openai', 'fast', `u${first + n}`]),
        '1 0 0 0 0 1 0',
      ]);
      await run((client) => client.hset(day, ...groups.flat()));
    }
    const record = (id: string, endUser: string) =>
      aRecord({ id, endUser, startTime: new Date(time), cost: { nanoUsd: 1_000 } });
    const late = entryNow({ id: 'late', budgets: [aBudget()], nanoUsd: 500 });
    await ledger.admit({ ...late, ifLost: record('late', 'late') });
    await settle(anEnd(entryNow({ id: 'known' }), { record: record('known', 'u7') }));
    await settle(anEnd(entryNow({ id: 'other' }), { record: record('other', 'new') }));
    time += 60_000;
    await ledger.reap();
    const group = (endUser: string) =>
      run((client) => client.hget(day, JSON.stringify(['checkout', 'openai', 'fast', endUser])));
    expect(await group('u7')).toBe('2 0 0 0 0 1001 0');
    expect(await group('(others)')).toBe('2 0 0 0 0 2000 0');
    await settle(anEnd(late, { record: undefined, nanoUsd: 0 }));
    expect(await group('(others)')).toBe('1 0 0 0 0 1000 0');
    expect(await run((client) => client.hlen(day))).toBe(100_001);

    const query = { from: 0, to: Number.POSITIVE_INFINITY, key: undefined };
    const byUser = await ledger.summarize({ ...query, groupBy: [UsageDimension.END_USER] });
    expect(byUser).toHaveLength(100_001);
    expect(byUser.slice(0, 2).map(({ group: [user] }) => user)).toEqual(['u7', '(others)']);
  });
});

function run<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
  return redis.run(command);
}

function entryNow(said: Partial<Entry>): Entry {
  const entry = anEntry(said);
  return { ...entry, ifLost: { ...entry.ifLost, startTime: new Date(time) } };
}

async function settle(settling: ReturnType<typeof anEnd>): Promise<void> {
  ledger.settle(settling);
  const state = () => run((client) => client.hget(`${PREFIX}call:${settling.entry.id}`, 'state'));
  await vi.waitFor(async () => expect(await state()).toBe('settled'), { interval: 2 });
}
