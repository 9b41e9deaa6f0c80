import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Entry } from '../../src/completion/ledger.ts';
import { createRedisConnection, type RedisConnection } from '../../src/storage/redis/connection.ts';
import { createRedisLedger, type RedisLedger } from '../../src/storage/redis/ledger.ts';
import { aBudget, anEnd, anEntry, aPlace, aRate } from '../contract/support/an-entry.ts';
import { failOver, killMaster } from '../contract/support/fail-over.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { startReplyThief } from '../support/reply-thief.ts';

const DAY_MS = 86_400_000;
const RECOVERY = { timeout: 15_000, interval: 50 };
const LEASE_MS = 1_500;
const BUDGET = aBudget({ limitNanoUsd: 1_000_000_000 });
const RELEASING = aBudget({ scope: 'gateway', limitNanoUsd: 1_000_000_000, onLostCall: 'release' });

let server: RedisServer;
let redis: RedisConnection;
let ledger: RedisLedger;
let logged: { fields: Record<string, unknown>; message: string }[];

beforeEach(async () => {
  server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  await connect([server.url]);
});

afterEach(async () => {
  await ledger.close();
  await redis.close();
  await server.stop();
});

describe('the ledger while Redis is frozen and restarted', () => {
  const seed = testSeed();

  it(`books every call exactly once (SEED=${seed})`, { timeout: 60_000 }, async () => {
    await ledger.close();
    await redis.close();
    await connect([server.url], 150);
    const load = startLoad(seed);
    for (const hurt of [
      async () => {
        server.freeze();
        await delay(700);
        server.thaw();
      },
      () => server.restart(),
      // Longer than a connection lives that is silent.
      async () => {
        server.freeze();
        await delay(2_500);
        server.thaw();
      },
      () => server.restart(),
    ]) {
      await delay(600);
      await hurt();
    }
    await delay(600);
    const expected = await load.stop();
    await expect.poll(() => ping(), RECOVERY).toBe('PONG');
    await ledger.close();
    // Those that nobody settles are lost, each at its own time.
    await delay(LEASE_MS);
    await reapAll();

    expect(await ledger.budgets([BUDGET, RELEASING])).toMatchObject([
      { spentNanoUsd: expected.settled + expected.forgotten, reservedNanoUsd: 0 },
      { spentNanoUsd: expected.settled, reservedNanoUsd: 0 },
    ]);
    expect(await total()).toMatchObject({
      callCount: expected.records,
      costNanoUsd: expected.settled + expected.forgotten,
    });
    expect(expected.unknown).toBeGreaterThan(10);
    expect(expected.records).toBeGreaterThan(200);
    expect(logged.map(({ message }) => message)).not.toContain(
      'A settled call is lost: too many wait for Redis',
    );
    expect(logged.length).toBeLessThanOrEqual(30);
  });

  it('throws in time from an admission that Redis does not answer, and refuses it once the call is settled', async () => {
    server.freeze();
    const entry = anEntryNow({ id: 'late', budgets: [BUDGET], nanoUsd: 500 });
    const begun = performance.now();
    await expect(ledger.admit(entry)).rejects.toThrow(/did not answer within/);
    expect(performance.now() - begun).toBeLessThan(200);
    ledger.settle(anEnd(entry, { nanoUsd: 0, record: undefined }));
    server.thaw();
    await ledger.close();
    await expect
      .poll(() => ledger.budgets([BUDGET]), RECOVERY)
      .toMatchObject([{ spentNanoUsd: 0, reservedNanoUsd: 0 }]);
    expect(await ledger.admit(entry)).toEqual({ admitted: false, denials: [] });
  });

  it('closes within its limit while Redis is away, and says what it could not book', async () => {
    await ledger.close();
    ledger = createRedisLedger({ ...options(), closeTimeoutMs: 300 });
    server.freeze();
    for (let n = 0; n < 10; n++) ledger.settle(anEnd(anEntryNow({ id: `c${n}`, nanoUsd: 7 })));
    const begun = performance.now();
    await ledger.close();
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(logged.at(-1)).toEqual({
      fields: { id: 'c0', nanoUsd: 7, calls: 10 },
      message: 'Settled calls are lost: Redis did not take them before the end',
    });
    server.thaw();
  });
});

describe('ledgers of processes whose clocks differ by minutes', () => {
  it('agree about rates, places and leases, which go by the time of Redis', async () => {
    const behind = createRedisLedger({ ...options(), now: () => Date.now() - 10 * 60_000 });
    const ahead = createRedisLedger({ ...options(), now: () => Date.now() + 10 * 60_000 });
    const ask = (id: string, said: Partial<Entry> = {}) =>
      anEntryNow({ id, rates: [aRate({ perMinute: 2 })], ...said });
    const held = { places: [aPlace({ limit: 1 })], budgets: [BUDGET], nanoUsd: 5, leaseMs: 300 };
    expect(await ahead.admit(ask('a', held))).toMatchObject({ admitted: true });
    expect(await behind.admit(ask('b'))).toMatchObject({ admitted: true });
    const denied = await behind.admit(ask('c', held));
    expect(denied).toMatchObject({ admitted: false, denials: [{ claim: 'rate' }, { claim: 'place' }] });
    expect(denied).toMatchObject({ denials: [{ retryAfterMs: expect.closeTo(30_000, -3) }, {}] });
    await ahead.reap();
    expect(await ahead.budgets([BUDGET])).toMatchObject([{ spentNanoUsd: 0, reservedNanoUsd: 5 }]);
    await delay(350);
    await behind.reap();
    expect(await ahead.budgets([BUDGET])).toMatchObject([{ spentNanoUsd: 5, reservedNanoUsd: 0 }]);
    await Promise.all([ahead.close(), behind.close()]);
  });
});

describe('the ledger whose answers get lost', () => {
  it('books once what Redis has taken already', async () => {
    await using thief = await startReplyThief(server.port);
    await ledger.close();
    await redis.close();
    await connect([`redis://127.0.0.1:${thief.port}`], 1_000);
    const entries = Array.from({ length: 50 }, (_, n) =>
      anEntryNow({ id: `c${n}`, budgets: [BUDGET], nanoUsd: 10 }),
    );
    await Promise.all(entries.map(async (entry) => ledger.admit(entry)));
    thief.steal();
    for (const entry of entries) ledger.settle(anEnd(entry, { nanoUsd: 7 }));
    const untold = anEntryNow({ id: 'untold', budgets: [BUDGET], nanoUsd: 10, leaseMs: 60_000 });
    await expect(ledger.admit(untold)).rejects.toThrow();
    await delay(100);
    thief.stop();
    await expect
      .poll(() => total().catch(String), RECOVERY)
      .toMatchObject({ callCount: 50, costNanoUsd: 350 });
    expect(await ledger.admit(untold)).toMatchObject({ admitted: true });
    expect(await ledger.budgets([BUDGET])).toMatchObject([{ spentNanoUsd: 350, reservedNanoUsd: 10 }]);
  });
});

describe('the ledger whose scripts Redis has forgotten', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['after SCRIPT FLUSH', () => redis.run((client) => client.script('FLUSH'))],
    ['after a restart', () => server.restart()],
  ])('goes on %s', async (_, forget) => {
    const ask = (id: string) =>
      anEntryNow({ id, rates: [aRate()], places: [aPlace()], budgets: [BUDGET], nanoUsd: 9 });
    const before = ask('before');
    await ledger.admit(before);
    await forget();
    await expect.poll(() => ping(), RECOVERY).toBe('PONG');
    const after = ask('after');
    ledger.settle(anEnd(before));
    expect(await ledger.admit(after)).toMatchObject({ admitted: true });
    expect(await ledger.extend(after)).toMatchObject({ admitted: true });
    ledger.settle(anEnd(after));
    await ledger.close();
    expect(await ledger.budgets([BUDGET])).toMatchObject([{ spentNanoUsd: 18, reservedNanoUsd: 0 }]);
  });
});

describe('the ledger that settles calls together', () => {
  it('books one in the periods of its admission, which only Redis knows, and the others beside it', async () => {
    const longAgo = new Date(Date.now() - 100 * DAY_MS);
    const entries = ['a', 'b', 'c'].map((id) => anEntryNow({ id, budgets: [BUDGET], nanoUsd: 10 }));
    await Promise.all(entries.map(async (entry) => ledger.admit(entry)));
    for (const [n, entry] of entries.entries()) {
      const record = { ...entry.ifLost, startTime: n === 1 ? longAgo : new Date() };
      ledger.settle(anEnd(entry, { nanoUsd: n + 1, record }));
    }
    await ledger.close();
    expect(await ledger.budgets([BUDGET])).toMatchObject([{ spentNanoUsd: 6, reservedNanoUsd: 0 }]);
    expect(logged).toEqual([]);
  });

  it('connects anew where its Redis has become a replica, and books all once there is a master again', async () => {
    const connectionId = () => redis.run((client) => client.client('ID')).catch(String);
    const first = await connectionId();
    await redis.run((client) => client.replicaof('127.0.0.1', '1'));
    for (const id of ['a', 'b']) ledger.settle(anEnd(anEntryNow({ id, budgets: [BUDGET] }), { nanoUsd: 3 }));
    await expect.poll(connectionId, RECOVERY).toSatisfy((id) => typeof id === 'number' && id !== first);
    await redis.run((client) => client.replicaof('NO', 'ONE'));
    await ledger.close();
    expect(await ledger.budgets([BUDGET])).toMatchObject([{ spentNanoUsd: 6, reservedNanoUsd: 0 }]);
  });
});

describe('the ledger that finds nonsense in Redis', () => {
  const key = () => `sluice:{ledger}:budget:${new Date().toISOString().slice(0, 7)}:key:checkout`;

  it.each<[string, (key: string) => Promise<unknown>]>([
    ['of another type', (at) => redis.run((client) => client.set(at, 'x'))],
    ['that is no number', (at) => redis.run((client) => client.hset(at, 'spent', '1e3'))],
  ])('%s fails and names the key, and takes nothing', async (_, spoil) => {
    await spoil(key());
    const entry = anEntryNow({ rates: [aRate({ perMinute: 1 })], budgets: [RELEASING, BUDGET], nanoUsd: 1 });
    await expect(ledger.admit(entry)).rejects.toThrow(key());
    await expect(ledger.budgets([BUDGET])).rejects.toThrow(key());
    expect(await ledger.admit({ ...entry, id: 'b', budgets: [RELEASING] })).toMatchObject({ admitted: true });
    expect(await ledger.budgets([RELEASING])).toMatchObject([{ reservedNanoUsd: 1 }]);
  });

  it('books others meanwhile, and says which key is at fault', async () => {
    await ledger.close();
    ledger = createRedisLedger({ ...options(), closeTimeoutMs: 300 });
    await redis.run((client) => client.set(key(), 'x'));
    ledger.settle(anEnd(anEntryNow({ id: 'stuck', budgets: [BUDGET], nanoUsd: 5 })));
    ledger.settle(anEnd(anEntryNow({ id: 'fine', budgets: [RELEASING], nanoUsd: 5 })));
    await expect.poll(() => ledger.budgets([RELEASING]), RECOVERY).toMatchObject([{ spentNanoUsd: 5 }]);
    await ledger.close();
    expect(logged.map(({ message }) => message)).toEqual([
      'A settled call is not booked yet',
      'Settled calls are lost: Redis did not take them before the end',
    ]);
    expect(logged[0]?.fields).toMatchObject({ id: 'stuck', error: expect.stringContaining(key()) });
  });

  it('names the day of a sum and the call of a record', async () => {
    const entry = anEntryNow({ id: 'a' });
    ledger.settle(anEnd(entry));
    await ledger.close();
    await redis.run((client) => client.hset('sluice:{ledger}:call:a', 'record', 'x'));
    const query = { from: 0, to: Infinity, key: undefined };
    const page = { ...query, pageSize: 1, pageToken: '' };
    await expect(ledger.list(page)).rejects.toThrow('sluice:{ledger}:call:a');
    const day = `sluice:{ledger}:usage:${new Date().toISOString().slice(0, 10)}`;
    await redis.run((client) => client.hset(day, '["a","b","c","d"]', '1 2 x'));
    await expect(ledger.summarize({ ...query, groupBy: [] })).rejects.toThrow(day);
  });
});

describe('the ledger in a cluster whose master goes', () => {
  it.each<[string, typeof failOver]>([
    ['hands over to its replica', failOver],
    ['is killed', killMaster],
  ])('knows what it knew before, where the master %s', { timeout: 90_000 }, async (_, takeOver) => {
    await ledger.close();
    await redis.close();
    await using cluster = await startRedisCluster({ replicas: true });
    await connect(cluster.nodes.map(({ url }) => url));
    const [done, running] = ['done', 'running'].map((id) =>
      anEntryNow({ id, budgets: [BUDGET], nanoUsd: 10, leaseMs: 60_000 }),
    );
    if (!done || !running) throw new Error('unreachable');
    for (const entry of [done, running]) expect(await ledger.admit(entry)).toMatchObject({ admitted: true });
    ledger.settle(anEnd(done, { nanoUsd: 3 }));
    await expect
      .poll(() => ledger.budgets([BUDGET]))
      .toMatchObject([{ spentNanoUsd: 3, reservedNanoUsd: 10 }]);

    const owner = await cluster.ownerOf('{ledger}');
    const takenOver = takeOver(cluster, owner);
    // Settled while nobody is master.
    await delay(20);
    ledger.settle(anEnd(running, { nanoUsd: 4 }));
    await takenOver;
    await expect
      .poll(() => ledger.budgets([BUDGET]).catch(String), RECOVERY)
      .toMatchObject([{ spentNanoUsd: 7, reservedNanoUsd: 0 }]);
    ledger.settle(anEnd(done, { nanoUsd: 3 }));
    await expect
      .poll(async () => (await ledger.admit(anEntryNow({ id: 'next' }))).admitted, RECOVERY)
      .toBe(true);
    expect(await total()).toMatchObject({ callCount: 2, costNanoUsd: 7 });
    await ledger.close();
    await redis.close();
    await connect([server.url]);
  });
});

function options() {
  const log = {
    warn: (fields: Record<string, unknown>, message: string) => void logged.push({ fields, message }),
  };
  const usage = { retentionMs: 35 * DAY_MS, maxRecords: 1 };
  return { redis, keyPrefix: 'sluice', usage, now: Date.now, log };
}

/** `commandTimeoutMs` is patient where a busy machine must not fail what is not about it. */
async function connect(urls: string[], commandTimeoutMs = 40): Promise<void> {
  logged = [];
  const config = { urls, cluster: urls.length > 1, commandTimeoutMs, keyPrefix: 'sluice' };
  redis = createRedisConnection({ config, now: Date.now, log: { warn() {} } });
  await expect.poll(() => ping(), RECOVERY).toBe('PONG');
  ledger = createRedisLedger({ ...options(), closeTimeoutMs: 30_000 });
}

function ping(): Promise<string> {
  return redis.run((client) => client.ping()).catch(String);
}

function anEntryNow(said: Partial<Entry>): Entry {
  const entry = anEntry({ leaseMs: LEASE_MS, ...said });
  return { ...entry, ifLost: { ...entry.ifLost, startTime: new Date() } };
}

async function total() {
  const [sum] = await ledger.summarize({ from: 0, to: Infinity, key: undefined, groupBy: [] });
  return sum;
}

async function reapAll(): Promise<void> {
  const left = () => redis.run((client) => client.zcard('sluice:{ledger}:leases'));
  const reapAndCount = async () => {
    await ledger.reap();
    return left();
  };
  await expect.poll(() => reapAndCount().catch(String), RECOVERY).toBe(0);
}

/** Calls of all kinds, some at a time, until it is told to stop; then what must have come of them. */
function startLoad(seed: number) {
  const random = seededRandom(seed);
  const expected = { settled: 0, forgotten: 0, records: 0, unknown: 0 };
  let stopped = false;
  let calls = 0;

  async function callRepeatedly(): Promise<void> {
    while (!stopped) {
      calls += 1;
      await call(`call${calls}`, random.below(100), 100 + random.below(100), random.next());
      await delay(random.below(20));
    }
  }

  async function call(id: string, nanoUsd: number, reserved: number, fate: number): Promise<void> {
    const entry = anEntryNow({
      id,
      places: [aPlace({ limit: 1_000 })],
      budgets: [BUDGET, RELEASING],
      nanoUsd: reserved,
    });
    let isKnown = true;
    try {
      const { admitted } = await ledger.admit(entry);
      expect(admitted).toBe(true);
    } catch {
      isKnown = false;
      expected.unknown += 1;
    }
    if (isKnown && fate < 0.1) {
      expected.forgotten += reserved;
      expected.records += 1;
      return;
    }
    await delay(random.below(10));
    if (fate > 0.8) {
      ledger.settle(anEnd(entry, { nanoUsd: 0, record: undefined }));
      return;
    }
    ledger.settle(anEnd(entry, { nanoUsd }));
    expected.settled += nanoUsd;
    expected.records += 1;
  }

  const callers = Array.from({ length: 20 }, () => callRepeatedly());
  return {
    async stop() {
      stopped = true;
      await Promise.all(callers);
      return expected;
    },
  };
}
