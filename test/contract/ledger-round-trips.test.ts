import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Entry } from '../../src/completion/ledger.ts';
import { createRedisConnection, type RedisConnection } from '../../src/storage/redis/connection.ts';
import { createRedisLedger, type RedisLedger } from '../../src/storage/redis/ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { aBudget, anEnd, anEntry, aPlace, aRate } from './support/an-entry.ts';

const CALLS = 100;

let server: RedisServer;
let redis: RedisConnection;
let ledger: RedisLedger;
let counter: Redis;

beforeAll(async () => {
  server = await startRedis();
  counter = new Redis(server.url);
  const log = { warn() {} };
  const config = { urls: [server.url], cluster: false, commandTimeoutMs: 5_000, keyPrefix: 'sluice' };
  redis = createRedisConnection({ config, now: Date.now, log });
  const usage = { retentionMs: 86_400_000, maxRecords: 1 };
  ledger = createRedisLedger({ redis, keyPrefix: 'sluice', usage, now: Date.now, log });
  await vi.waitFor(() => redis.run((client) => client.ping()));
  // Redis knows the scripts from here on.
  const first = entryOf('first');
  await ledger.admit(first);
  await ledger.extend(first);
  ledger.settle(anEnd(first));
  await settled(1);
});

afterAll(async () => {
  await ledger.close();
  await redis.close();
  counter.disconnect();
  await server.stop();
});

describe('the round trips of the ledger, as Redis counts them', () => {
  it('are one for an admission and one for a settlement, across every scope', async () => {
    const before = await counted();
    for (let n = 0; n < CALLS; n++) {
      const entry = entryOf(`one${n}`);
      expect(await ledger.admit(entry)).toMatchObject({ admitted: true });
      ledger.settle(anEnd(entry, { nanoUsd: 3, rateAmounts: [1, 20] }));
      await settled(n + 2);
    }
    const after = await counted();
    const commands = (after.commands - before.commands) / CALLS;
    const reads = (after.ledgerReads - before.ledgerReads) / CALLS;
    process.stdout.write(`round trips per call, admission and settlement: ${reads} (${commands} commands)\n`);
    expect({ commands, reads }).toEqual({ commands: 2, reads: 2 });
  });

  it('are shared by calls of one moment', async () => {
    const before = await counted();
    const entries = Array.from({ length: CALLS }, (_, n) => entryOf(`many${n}`));
    await Promise.all(entries.map(async (entry) => ledger.admit(entry)));
    for (const entry of entries) ledger.settle(anEnd(entry));
    await settled(2 * CALLS + 1);
    const after = await counted();
    const reads = after.ledgerReads - before.ledgerReads;
    process.stdout.write(`reads of ${CALLS} calls at once: ${reads}\n`);
    // Up to 32 settlements are one command.
    expect(after.commands - before.commands).toBe(CALLS + Math.ceil(CALLS / 32));
    expect(reads).toBeLessThan(CALLS / 4);
  });
});

function entryOf(id: string): Entry {
  const entry = anEntry({
    id,
    rates: [aRate({ perMinute: 10_000 }), aRate({ unit: 'tokens', perMinute: 1_000_000, amount: 100 })],
    places: [aPlace({ limit: 1_000 })],
    budgets: [aBudget({ limitNanoUsd: 1e12 }), aBudget({ scope: 'gateway', limitNanoUsd: 1e12 })],
    nanoUsd: 10,
  });
  return { ...entry, ifLost: { ...entry.ifLost, startTime: new Date() } };
}

/** Scripts run, and how often Redis had something to read from the ledger: what the counting itself takes is left out. */
async function counted(): Promise<{ commands: number; ledgerReads: number }> {
  counts += 1;
  const stats = await counter.info('stats', 'commandstats');
  const commands = sumOf(stats, /cmdstat_eval(?:sha)?:calls=(\d+)/g);
  return { commands, ledgerReads: sumOf(stats, /total_reads_processed:(\d+)/g) - looks - counts };
}

let counts = 0;
let looks = 0;

/** Waits until so many calls are booked, by the counter's own connection. */
async function settled(calls: number): Promise<void> {
  const look = async () => {
    looks += 1;
    expect(await counter.zcard(`sluice:{ledger}:calls:${new Date().toISOString().slice(0, 10)}`)).toBe(calls);
  };
  await vi.waitFor(look, { timeout: 5_000, interval: 2 });
}

function sumOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}
