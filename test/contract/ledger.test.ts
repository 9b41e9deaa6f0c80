import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type {
  Admitted,
  BudgetStatus,
  Entry,
  Ledger,
  PacedClaim,
  Settling,
} from '../../src/completion/ledger.ts';
import type { KeptUsage } from '../../src/config/config.ts';
import { CacheStatus } from '../../src/gen/sluice/v1/execution.ts';
import { BudgetPeriod, UsageDimension, type UsageRecord } from '../../src/gen/sluice/v1/usage_service.ts';
import { createMemoryLedger } from '../../src/storage/memory/ledger.ts';
import { createRedisConnection } from '../../src/storage/redis/connection.ts';
import { createRedisLedger } from '../../src/storage/redis/ledger.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { aBudget, anEnd, anEntry, aPlace, aRate, aRecord } from './support/an-entry.ts';
import { failOver } from './support/fail-over.ts';
import { createOracle } from './support/ledger-oracle.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOON = Date.UTC(2026, 10, 27, 12);
const usage: KeptUsage = { retentionMs: 35 * DAY_MS, maxRecords: 100_000 };

/** How each implementation is made, and how time passes for it. */
interface Subject {
  ledger: Ledger;
  now(): number;
  pass(ms: number): Promise<void>;
  setTime(time: number): void;
  /** Waits until the end of a call is booked. */
  booked(id: string): Promise<void>;
  close(): Promise<void>;
}

describe('the ledger in memory', () => {
  behavesAsLedger(async () => {
    let time = NOON;
    const ledger = createMemoryLedger({ usage, now: () => time });
    return {
      ledger,
      now: () => time,
      pass: async (ms) => {
        time += ms;
      },
      setTime: (to) => {
        time = to;
      },
      booked: async () => {},
      close: () => ledger.close(),
    };
  });
});

describe('the ledger in Redis', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  behavesAsLedger(() => ledgerInRedis({ urls: [server.url], cluster: false }));
});

describe('the ledger in a Redis cluster', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  behavesAsLedger(() => ledgerInRedis({ urls: cluster.nodes.map((node) => node.url), cluster: true }));
});

describe('the ledger in a Redis cluster where a replica has taken over', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await startRedisCluster({ replicas: true });
    await failOver(cluster, await cluster.ownerOf('{ledger}'));
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  behavesAsLedger(() => ledgerInRedis({ urls: cluster.nodes.map((node) => node.url), cluster: true }));
});

let ledgers = 0;

async function ledgerInRedis(place: { urls: string[]; cluster: boolean }): Promise<Subject> {
  const logged: unknown[] = [];
  const log = { warn: (...line: unknown[]) => void logged.push(line) };
  ledgers += 1;
  const keyPrefix = `sluice${ledgers}`;
  const config = { ...place, commandTimeoutMs: 5_000, keyPrefix };
  const redis = createRedisConnection({ config, now: Date.now, log });
  await expect
    .poll(() => redis.run((client) => client.ping()).catch(String), { timeout: 10_000 })
    .toBe('PONG');
  logged.length = 0;
  let time = NOON;
  const ledger = createRedisLedger({ redis, keyPrefix, usage, now: () => time, log, clock: () => time });
  return {
    ledger,
    now: () => time,
    pass: async (ms) => {
      time += ms;
      await ledger.reap();
    },
    setTime: (to) => {
      time = to;
    },
    booked: async (id) => {
      const state = () => redis.run((client) => client.hget(`${keyPrefix}:{ledger}:call:${id}`, 'state'));
      await expect.poll(state, { timeout: 5_000, interval: 5 }).toBe('settled');
    },
    close: async () => {
      await ledger.close();
      await redis.close();
      expect(logged).toEqual([]);
    },
  };
}

function behavesAsLedger(create: () => Promise<Subject>): void {
  let subject: Subject;
  let ledger: Ledger;

  beforeEach(async () => {
    subject = await create();
    ledger = subject.ledger;
  });
  afterEach(() => subject.close());

  /** An entry whose record begins now. */
  const entryNow = (said: Partial<Entry> = {}): Entry => {
    const entry = anEntry(said);
    const startTime = new Date(subject.now());
    return { ...entry, ifLost: { ...entry.ifLost, startTime } };
  };
  const admit = async (said: Partial<Entry>) => ledger.admit(entryNow(said));
  const settle = async (settling: Settling) => {
    ledger.settle(settling);
    await subject.booked(settling.entry.id);
  };
  const standing = async (said = aBudget()) => {
    const [status] = await ledger.budgets([said]);
    return [status?.spentNanoUsd, status?.reservedNanoUsd];
  };
  const listed = async (): Promise<UsageRecord[]> =>
    (await ledger.list({ from: 0, to: Infinity, key: undefined, pageSize: 1_000, pageToken: '' })).records;
  const total = async () =>
    (await ledger.summarize({ from: 0, to: Infinity, key: undefined, groupBy: [] }))[0];
  const end = Date.UTC(2026, 11, 1);

  describe('rates', () => {
    const ask = async (id: string, rate = aRate()) => admit({ id, rates: [rate] });

    it('let a minute’s worth pass at once, and refill evenly', async () => {
      const rate = aRate({ perMinute: 3 });
      for (const id of ['a', 'b', 'c']) expect(await ask(id, rate)).toEqual(admittedWith([]));
      expect(await ask('d', rate)).toEqual(deniedBy({ claim: 'rate', rate, retryAfterMs: 20_000 }));
      await subject.pass(19_999);
      expect(await ask('d', rate)).toEqual(deniedBy({ claim: 'rate', rate, retryAfterMs: 1 }));
      await subject.pass(1);
      expect(await ask('d', rate)).toEqual(admittedWith([]));
      expect(await ask('e', rate)).toEqual(deniedBy({ claim: 'rate', rate, retryAfterMs: 20_000 }));
      await subject.pass(MINUTE_MS);
      for (const id of ['f', 'g', 'h']) expect(await ask(id, rate)).toEqual(admittedWith([]));
      expect(await ask('i', rate)).toEqual(deniedBy({ claim: 'rate', rate, retryAfterMs: 20_000 }));
    });

    it('say when to come again to the millisecond, also where that is no whole one', async () => {
      const rate = aRate({ perMinute: 7 });
      for (let n = 0; n < 7; n++) expect(await ask(`a${n}`, rate)).toEqual(admittedWith([]));
      expect(await ask('b', rate)).toEqual(deniedBy({ claim: 'rate', rate, retryAfterMs: 8_572 }));
      await subject.pass(8_571);
      expect(await ask('b', rate)).toEqual(deniedBy({ claim: 'rate', rate, retryAfterMs: 1 }));
      await subject.pass(1);
      expect(await ask('b', rate)).toEqual(admittedWith([]));
    });

    it('weigh tokens, apart from requests, and apart from other scopes', async () => {
      const tokens = aRate({ unit: 'tokens', perMinute: 1_000, amount: 600 });
      expect(await ask('a', tokens)).toEqual(admittedWith([]));
      expect(await ask('b', tokens)).toEqual(deniedBy({ claim: 'rate', rate: tokens, retryAfterMs: 12_000 }));
      expect(await ask('c', { ...tokens, amount: 400 })).toEqual(admittedWith([]));
      expect(await ask('d', { ...tokens, scope: 'key:search' })).toEqual(admittedWith([]));
      expect(await ask('e')).toEqual(admittedWith([]));
    });

    it('never let pass what is more than a minute takes, and say so', async () => {
      const rate = aRate({ unit: 'tokens', perMinute: 1_000, amount: 1_001 });
      expect(await ask('a', rate)).toEqual(deniedBy({ claim: 'rate', rate, retryAfterMs: undefined }));
    });

    it('are exact for large numbers that divide a minute unevenly', async () => {
      const rate = aRate({ unit: 'tokens', perMinute: 7_777_777, amount: 1_111_111 });
      for (let n = 0; n < 7; n++) expect(await ask(`a${n}`, rate)).toEqual(admittedWith([]));
      expect(await ask('b', { ...rate, amount: 1 })).toMatchObject({ admitted: false });
      await subject.pass(1);
      // 129 tokens drain in a millisecond, and the better part of another one.
      expect(await ask('c', { ...rate, amount: 130 })).toMatchObject({ admitted: false });
      expect(await ask('d', { ...rate, amount: 129 })).toEqual(admittedWith([]));
    });

    it('get back what was estimated too high', async () => {
      const rate = aRate({ unit: 'tokens', perMinute: 1_000, amount: 900 });
      const entry = entryNow({ rates: [rate] });
      await ledger.admit(entry);
      await settle(anEnd(entry, { rateAmounts: [100] }));
      expect(await ask('b', rate)).toEqual(admittedWith([]));
      expect(await ask('c', { ...rate, amount: 1 })).toMatchObject({ admitted: false });
    });

    it('are charged what was estimated too low, even beyond their limit', async () => {
      const rate = aRate({ unit: 'tokens', perMinute: 1_000, amount: 100 });
      const entry = entryNow({ rates: [rate] });
      await ledger.admit(entry);
      await settle(anEnd(entry, { rateAmounts: [2_100] }));
      expect(await ask('b', { ...rate, amount: 0 })).toEqual(
        deniedBy({ claim: 'rate', rate: { ...rate, amount: 0 }, retryAfterMs: 66_000 }),
      );
      await subject.pass(66_000);
      expect(await ask('c', { ...rate, amount: 0 })).toEqual(admittedWith([]));
    });

    it('are charged the whole where the call was never admitted', async () => {
      const rate = aRate({ unit: 'tokens', perMinute: 1_000, amount: 100 });
      await settle(anEnd(entryNow({ rates: [rate] }), { rateAmounts: [1_000] }));
      expect(await ask('b', { ...rate, amount: 1 })).toMatchObject({ admitted: false });
    });
  });

  describe('rates that no call is held to', () => {
    const claim = (said: Partial<PacedClaim> = {}): PacedClaim => ({
      ...aRate({ scope: 'provider:openai', unit: 'tokens', perMinute: 600, ...said }),
      atOnce: 10,
      ...said,
    });
    const take = async (...claims: PacedClaim[]) => ledger.take(claims);
    /** Corrections are made in the background. */
    const waits = (claim: PacedClaim, ms: number) => expect.poll(() => take(claim), { interval: 5 }).toBe(ms);

    it('let so much pass at once, and refill evenly', async () => {
      expect(await take(claim({ amount: 7 }))).toBe(0);
      expect(await take(claim({ amount: 4 }))).toBe(100);
      expect(await take(claim({ amount: 3 }))).toBe(0);
      expect(await take(claim())).toBe(100);
      await subject.pass(99);
      expect(await take(claim())).toBe(1);
      await subject.pass(1);
      expect(await take(claim())).toBe(0);
    });

    it('let what is more than may come at once pass alone, also where a minute takes less', async () => {
      expect(await take(claim())).toBe(0);
      expect(await take(claim({ amount: 700 }))).toBe(100);
      await subject.pass(100);
      expect(await take(claim({ amount: 700 }))).toBe(0);
      expect(await take(claim({ amount: 10 }))).toBe(70_000);
    });

    it('take from all, or from none', async () => {
      const other = claim({ scope: 'provider:azure' });
      expect(await take(claim({ amount: 10 }))).toBe(0);
      for (let n = 0; n < 20; n++) expect(await take(other, claim({ amount: 2 }))).toBe(200);
      expect(await take({ ...other, amount: 10 })).toBe(0);
    });

    it('are corrected up and down', async () => {
      const requests = claim({ unit: 'requests' });
      const tokens = claim({ amount: 8 });
      expect(await take(requests, tokens)).toBe(0);
      ledger.correct([requests, tokens], [1, 3]);
      await waits(claim({ amount: 7 }), 0);
      ledger.correct([claim({ amount: 7 })], [27]);
      await waits(claim(), 2_100);
      await waits({ ...requests, amount: 9 }, 0);
      ledger.correct([claim({ amount: 100 })], [0]);
      await waits(claim({ amount: 10 }), 0);
    });

    it('leave nothing to settle', async () => {
      await take(claim());
      await subject.pass(DAY_MS);
      expect(await listed()).toEqual([]);
    });
  });

  describe('places', () => {
    it('are limited, and free again once a call is settled', async () => {
      const first = entryNow({ id: 'a', places: [aPlace()] });
      expect(await ledger.admit(first)).toEqual(admittedWith([]));
      expect(await admit({ id: 'b', places: [aPlace()] })).toEqual(admittedWith([]));
      expect(await admit({ id: 'c', places: [aPlace()] })).toEqual(
        deniedBy({ claim: 'place', place: aPlace() }),
      );
      await settle(anEnd(first));
      expect(await admit({ id: 'c', places: [aPlace()] })).toEqual(admittedWith([]));
      expect(await admit({ id: 'd', places: [aPlace()] })).toMatchObject({ admitted: false });
    });

    it('are free once a lease runs out, not sooner, and later where it was renewed', async () => {
      const places = [aPlace({ limit: 2 })];
      const renewed = entryNow({ id: 'renewed', places, leaseMs: 1_000 });
      await ledger.admit(renewed);
      await admit({ id: 'forgotten', places, leaseMs: 1_000 });
      await subject.pass(999);
      expect(await ledger.extend(renewed)).toEqual(admittedWith([]));
      expect(await admit({ id: 'c', places })).toMatchObject({ admitted: false });
      await subject.pass(1);
      expect(await admit({ id: 'c', places })).toEqual(admittedWith([]));
      expect(await admit({ id: 'd', places })).toMatchObject({ admitted: false });
      await subject.pass(999);
      expect(await admit({ id: 'd', places })).toEqual(admittedWith([]));
    });

    it('are not freed twice by a call that was lost and then settled', async () => {
      const places = [aPlace({ limit: 1 })];
      const entry = entryNow({ id: 'late', places, leaseMs: 1_000 });
      await ledger.admit(entry);
      await subject.pass(1_000);
      expect(await admit({ id: 'b', places })).toEqual(admittedWith([]));
      await settle(anEnd(entry));
      expect(await admit({ id: 'c', places })).toMatchObject({ admitted: false });
    });
  });

  describe('budgets', () => {
    const budgets = [aBudget()];

    it('hold what a call may cost until it is settled, and then what it did cost', async () => {
      const entry = entryNow({ budgets, nanoUsd: 700 });
      expect(await ledger.admit(entry)).toEqual(admittedWith([standingAt(0, 700, end)]));
      expect(await ledger.budgets(budgets)).toEqual([standingAt(0, 700, end)]);
      await settle(anEnd(entry, { nanoUsd: 250 }));
      expect(await ledger.budgets(budgets)).toEqual([standingAt(250, 0, end)]);
    });

    it('take what just fits, and nothing beyond', async () => {
      expect(await admit({ id: 'a', budgets, nanoUsd: 1_000 })).toMatchObject({ admitted: true });
      const status = standingAt(0, 1_000, end);
      const denial = { claim: 'budget', budget: budgets[0], status };
      expect(await admit({ id: 'b', budgets, nanoUsd: 1 })).toEqual(deniedBy(denial));
      expect(await admit({ id: 'c', budgets, nanoUsd: 0 })).toEqual(admittedWith([status]));
    });

    it('refuse what costs nothing once they are overspent', async () => {
      const entry = entryNow({ budgets, nanoUsd: 10 });
      await ledger.admit(entry);
      await settle(anEnd(entry, { nanoUsd: 1_001 }));
      expect(await admit({ id: 'b', budgets, nanoUsd: 0 })).toMatchObject({ admitted: false });
    });

    it('are exact for large amounts', async () => {
      const large = [aBudget({ limitNanoUsd: 9_000_000_000_000_000 })];
      const entry = entryNow({ budgets: large, nanoUsd: 8_999_999_999_999_998 });
      await ledger.admit(entry);
      await settle(anEnd(entry, { nanoUsd: 8_999_999_999_999_997 }));
      expect(await standing(large[0])).toEqual([8_999_999_999_999_997, 0]);
      expect(await total()).toMatchObject({ costNanoUsd: 8_999_999_999_999_997 });
      expect(await admit({ id: 'b', budgets: large, nanoUsd: 4 })).toMatchObject({ admitted: false });
      expect(await admit({ id: 'c', budgets: large, nanoUsd: 3 })).toMatchObject({ admitted: true });
    });

    it('tell days, months and scopes apart', async () => {
      const several = [
        aBudget({ period: BudgetPeriod.DAY }),
        aBudget(),
        aBudget({ scope: 'label:team={a}:b c\n' }),
        aBudget({ scope: 'gateway', limitNanoUsd: 50 }),
      ];
      const entry = entryNow({ budgets: several, nanoUsd: 50 });
      const tomorrow = Date.UTC(2026, 10, 28);
      expect(await ledger.admit(entry)).toEqual(
        admittedWith([tomorrow, end, end, end].map((at) => standingAt(0, 50, at))),
      );
      await settle(anEnd(entry, { nanoUsd: 20 }));
      expect(await ledger.budgets(several)).toEqual(
        [tomorrow, end, end, end].map((at) => standingAt(20, 0, at)),
      );
      expect(await standing(aBudget({ scope: 'key:other' }))).toEqual([0, 0]);
    });

    it('are one account where several claims are of one scope and period', async () => {
      const twice = [aBudget(), aBudget({ limitNanoUsd: 500 })];
      const entry = entryNow({ budgets: twice, nanoUsd: 300 });
      expect(await ledger.admit(entry)).toEqual(
        admittedWith([standingAt(0, 300, end), standingAt(0, 300, end)]),
      );
      expect(await ledger.extend({ ...entry, nanoUsd: 100 })).toMatchObject({ admitted: true });
      expect(await standing()).toEqual([0, 400]);
      expect(await admit({ id: 'b', budgets: twice, nanoUsd: 300 })).toEqual(
        deniedBy({ claim: 'budget', budget: twice[1], status: standingAt(0, 400, end) }),
      );
      await settle(anEnd(entry, { nanoUsd: 70 }));
      expect(await standing()).toEqual([70, 0]);
    });

    it('begin anew with the calendar; a call is booked where it was admitted', async () => {
      subject.setTime(Date.UTC(2026, 11, 31, 23, 59, 59, 999));
      const both = [aBudget({ period: BudgetPeriod.DAY }), aBudget()];
      const entry = entryNow({ budgets: both, nanoUsd: 900 });
      const newYear = Date.UTC(2027, 0, 1);
      expect(await ledger.admit(entry)).toEqual(
        admittedWith([standingAt(0, 900, newYear), standingAt(0, 900, newYear)]),
      );
      await subject.pass(1);
      const nextDay = Date.UTC(2027, 0, 2);
      const nextMonth = Date.UTC(2027, 1, 1);
      expect(await ledger.budgets(both)).toEqual([standingAt(0, 0, nextDay), standingAt(0, 0, nextMonth)]);
      expect(await admit({ id: 'b', budgets: both, nanoUsd: 1_000 })).toMatchObject({ admitted: true });
      expect(await ledger.extend({ ...entry, nanoUsd: 100 })).toMatchObject({ admitted: true });
      expect(await ledger.extend({ ...entry, nanoUsd: 1 })).toMatchObject({ admitted: false });
      await settle(anEnd(entry, { nanoUsd: 800 }));
      expect(await standing(both[0])).toEqual([0, 1_000]);
      expect(await standing(both[1])).toEqual([0, 1_000]);
    });

    it('take a call that was never admitted in the period in which its record begins', async () => {
      subject.setTime(Date.UTC(2026, 11, 31, 23, 59, 59, 999));
      const entry = entryNow({ budgets, nanoUsd: 900 });
      await subject.pass(1);
      await settle(anEnd(entry));
      expect(await standing()).toEqual([0, 0]);
    });
  });

  describe('a call that is denied', () => {
    it('is told every reason, and has taken nothing', async () => {
      const requests = aRate({ perMinute: 2 });
      const tokens = aRate({ unit: 'tokens', perMinute: 100, amount: 60 });
      const place = aPlace({ limit: 1 });
      const wide = aBudget({ scope: 'gateway', limitNanoUsd: 10_000 });
      const narrow = aBudget();
      await admit({ id: 'a', rates: [tokens], places: [place], budgets: [narrow], nanoUsd: 600 });
      const full = { rates: [requests, tokens], places: [place], budgets: [wide, narrow], nanoUsd: 500 };
      for (let n = 0; n < 5; n++) {
        expect(await admit({ id: `denied${n}`, ...full })).toEqual(
          deniedBy(
            { claim: 'rate', rate: tokens, retryAfterMs: 12_000 },
            { claim: 'place', place },
            { claim: 'budget', budget: narrow, status: standingAt(0, 600, end) },
          ),
        );
      }
      expect(await standing(wide)).toEqual([0, 0]);
      expect(await standing(narrow)).toEqual([0, 600]);
      for (const id of ['b', 'c']) expect(await admit({ id, rates: [requests] })).toEqual(admittedWith([]));
      expect(await admit({ id: 'd', rates: [{ ...tokens, amount: 40 }] })).toEqual(admittedWith([]));
    });

    it.each<[string, Partial<Entry>]>([
      ['a rate', { rates: [aRate({ unit: 'tokens', perMinute: 1, amount: 2 })] }],
      ['a place', { places: [aPlace({ scope: 'other', limit: 0 })] }],
      ['a budget', { budgets: [aBudget(), aBudget({ scope: 'other', limitNanoUsd: 0 })] }],
    ])('by %s alone leaves the others as they were', async (_, denying) => {
      const modest = {
        rates: [aRate({ perMinute: 1 })],
        places: [aPlace({ limit: 1 })],
        budgets: [aBudget()],
      };
      const both = {
        rates: [...modest.rates, ...(denying.rates ?? [])],
        places: [...modest.places, ...(denying.places ?? [])],
        budgets: denying.budgets ?? modest.budgets,
        nanoUsd: 1_000,
      };
      expect(await admit({ id: 'a', ...both })).toMatchObject({ admitted: false, denials: [{}] });
      expect(await admit({ id: 'b', ...modest, nanoUsd: 1_000 })).toMatchObject({ admitted: true });
    });

    it('may be asked for again under its id', async () => {
      const entry = entryNow({ id: 'a', budgets: [aBudget()], nanoUsd: 2_000 });
      expect(await ledger.admit(entry)).toMatchObject({ admitted: false });
      expect(await ledger.admit({ ...entry, nanoUsd: 1_000 })).toMatchObject({ admitted: true });
    });
  });

  describe('a call', () => {
    it('that is asked for twice is admitted, and has taken once', async () => {
      const entry = entryNow({
        rates: [aRate({ perMinute: 1 })],
        places: [aPlace({ limit: 1 })],
        budgets: [aBudget()],
        nanoUsd: 600,
      });
      expect(await ledger.admit(entry)).toEqual(admittedWith([standingAt(0, 600, end)]));
      expect(await ledger.admit(entry)).toEqual(admittedWith([standingAt(0, 600, end)]));
      await settle(anEnd(entry, { nanoUsd: 600 }));
      expect(await standing()).toEqual([600, 0]);
    });

    it('that is settled twice is booked once, as it was the first time', async () => {
      const entry = entryNow({ rates: [aRate()], places: [aPlace()], budgets: [aBudget()], nanoUsd: 600 });
      await ledger.admit(entry);
      ledger.settle(anEnd(entry, { nanoUsd: 400 }));
      await settle(anEnd(entry, { nanoUsd: 500 }));
      await settle(anEnd(entry, { nanoUsd: 600, record: undefined }));
      await settle(anEnd(entry, { nanoUsd: 400 }));
      expect(await standing()).toEqual([400, 0]);
      expect(await listed()).toHaveLength(1);
      expect(await total()).toMatchObject({ callCount: 1, costNanoUsd: 400 });
    });

    it('that was settled before it was asked for is refused', async () => {
      const entry = entryNow({ rates: [aRate()], places: [aPlace()], budgets: [aBudget()], nanoUsd: 600 });
      await settle(anEnd(entry, { nanoUsd: 0, rateAmounts: [0], record: undefined }));
      expect(await ledger.admit(entry)).toEqual(deniedBy());
      expect(await standing()).toEqual([0, 0]);
      expect(await listed()).toEqual([]);
    });

    it('that was never admitted is booked nevertheless, once', async () => {
      const entry = entryNow({ budgets: [aBudget()], places: [aPlace({ limit: 1 })], nanoUsd: 600 });
      await settle(anEnd(entry, { nanoUsd: 70 }));
      await settle(anEnd(entry, { nanoUsd: 70 }));
      expect(await standing()).toEqual([70, 0]);
      expect(await total()).toMatchObject({ callCount: 1, costNanoUsd: 70 });
      expect(await admit({ id: 'b', places: [aPlace({ limit: 1 })] })).toMatchObject({ admitted: true });
    });

    it('that never ran gives everything back and leaves no trace', async () => {
      const everything = {
        rates: [aRate({ perMinute: 1 })],
        places: [aPlace({ limit: 1 })],
        budgets: [aBudget()],
        nanoUsd: 1_000,
      };
      const entry = entryNow(everything);
      await ledger.admit(entry);
      await settle(anEnd(entry, { nanoUsd: 0, rateAmounts: [0], record: undefined }));
      expect(await admit({ id: 'b', ...everything })).toMatchObject({ admitted: true });
      expect(await listed()).toEqual([]);
      expect(await total()).toMatchObject({ callCount: 0, costNanoUsd: 0 });
      await subject.pass(HOUR_MS);
      expect((await listed()).map(({ id }) => id)).toEqual(['b']);
    });
  });

  describe('a call that reserves more', () => {
    const budgets = [aBudget(), aBudget({ scope: 'gateway', limitNanoUsd: 900 })];

    it('has the sum reserved, for a new lease', async () => {
      const entry = entryNow({ budgets, nanoUsd: 300 });
      await ledger.admit(entry);
      await subject.pass(50_000);
      expect(await ledger.extend({ ...entry, nanoUsd: 200 })).toEqual(
        admittedWith([standingAt(0, 500, end), standingAt(0, 500, end)]),
      );
      await subject.pass(50_000);
      expect(await standing()).toEqual([0, 500]);
      await settle(anEnd(entry, { nanoUsd: 450 }));
      expect(await standing()).toEqual([450, 0]);
    });

    it('is denied what does not fit, keeps what it has, and its old lease', async () => {
      const entry = entryNow({ budgets, nanoUsd: 300 });
      await ledger.admit(entry);
      await subject.pass(30_000);
      expect(await ledger.extend({ ...entry, nanoUsd: 700 })).toEqual(
        deniedBy({ claim: 'budget', budget: budgets[1], status: standingAt(0, 300, end) }),
      );
      expect(await standing()).toEqual([0, 300]);
      await subject.pass(30_000);
      expect(await standing()).toEqual([300, 0]);
    });

    it('takes no rate and no place', async () => {
      const entry = entryNow({
        rates: [aRate({ perMinute: 1 })],
        places: [aPlace({ limit: 1 })],
        budgets,
        nanoUsd: 1,
      });
      await ledger.admit(entry);
      expect(await ledger.extend(entry)).toMatchObject({ admitted: true });
    });

    it('is charged the sum where it is lost, by the record that came with it', async () => {
      const entry = entryNow({ budgets, nanoUsd: 300 });
      await ledger.admit(entry);
      const ifLost = { ...entry.ifLost, cost: { nanoUsd: 500, unpriced: false, estimated: true } };
      await ledger.extend({ ...entry, nanoUsd: 200, ifLost });
      await subject.pass(MINUTE_MS);
      expect(await standing()).toEqual([500, 0]);
      expect(await listed()).toEqual([ifLost]);
    });

    it('is denied where it was settled, lost, or never admitted', async () => {
      const entry = entryNow({ budgets, nanoUsd: 300 });
      expect(await ledger.extend(entry)).toEqual(deniedBy());
      await ledger.admit(entry);
      await subject.pass(MINUTE_MS);
      expect(await ledger.extend(entry)).toEqual(deniedBy());
      await settle(anEnd(entry, { nanoUsd: 1 }));
      expect(await ledger.extend(entry)).toEqual(deniedBy());
      expect(await standing()).toEqual([1, 0]);
    });
  });

  describe('a call that is lost', () => {
    const charging = aBudget();
    const releasing = aBudget({ scope: 'gateway', onLostCall: 'release' });
    const lose = async (said: Partial<Entry>) => {
      const entry = entryNow({ id: 'lost', nanoUsd: 600, ...said });
      await ledger.admit(entry);
      await subject.pass(entry.leaseMs);
      return entry;
    };

    it('is charged where a budget says so, released where it does not, and has one record', async () => {
      const entry = await lose({ budgets: [charging, releasing] });
      expect(await standing(charging)).toEqual([600, 0]);
      expect(await standing(releasing)).toEqual([0, 0]);
      expect(await listed()).toEqual([entry.ifLost]);
      expect(await total()).toMatchObject({ callCount: 1, failedCallCount: 1, costNanoUsd: 600 });
    });

    it('leaves no record where all is released', async () => {
      await lose({ budgets: [releasing] });
      expect(await standing(releasing)).toEqual([0, 0]);
      expect(await listed()).toEqual([]);
      expect(await total()).toMatchObject({ callCount: 0 });
    });

    it('is lost when its lease runs out, and not a millisecond sooner', async () => {
      await admit({ budgets: [charging], nanoUsd: 600, leaseMs: 5_000 });
      await subject.pass(4_999);
      expect(await standing(charging)).toEqual([0, 600]);
      await subject.pass(1);
      expect(await standing(charging)).toEqual([600, 0]);
    });

    it('is corrected when it is settled after all', async () => {
      const entry = await lose({ budgets: [charging, releasing] });
      const record = aRecord({
        id: 'lost',
        startTime: new Date(subject.now()),
        provider: 'anthropic',
        usage: { inputTokens: 10, outputTokens: 5 },
        cost: { nanoUsd: 123 },
      });
      await settle(anEnd(entry, { nanoUsd: 123, record }));
      await settle(anEnd(entry, { nanoUsd: 123, record }));
      expect(await standing(charging)).toEqual([123, 0]);
      expect(await standing(releasing)).toEqual([123, 0]);
      expect(await listed()).toEqual([record]);
      const byProvider = { from: 0, to: Infinity, key: undefined, groupBy: [UsageDimension.PROVIDER] };
      expect(await ledger.summarize(byProvider)).toEqual([
        {
          group: ['anthropic'],
          callCount: 1,
          failedCallCount: 0,
          cachedCallCount: 0,
          inputTokens: 10,
          outputTokens: 5,
          costNanoUsd: 123,
          savedNanoUsd: 0,
        },
      ]);
    });

    it('leaves nothing where it turns out never to have run', async () => {
      const entry = await lose({ budgets: [charging, releasing] });
      await settle(anEnd(entry, { nanoUsd: 0, record: undefined }));
      expect(await standing(charging)).toEqual([0, 0]);
      expect(await listed()).toEqual([]);
      expect(await total()).toMatchObject({ callCount: 0, failedCallCount: 0, costNanoUsd: 0 });
    });

    it('is refused when it is asked for once more', async () => {
      const entry = await lose({ budgets: [charging] });
      expect(await ledger.admit(entry)).toEqual(deniedBy());
      expect(await standing(charging)).toEqual([600, 0]);
    });

    it('is corrected across the turn of day and month', async () => {
      subject.setTime(Date.UTC(2026, 11, 31, 23, 59, 30));
      const entry = await lose({ budgets: [charging] });
      await subject.pass(DAY_MS);
      await settle(anEnd(entry, { nanoUsd: 1 }));
      expect(await standing(charging)).toEqual([0, 0]);
      expect(await total()).toMatchObject({ callCount: 1, costNanoUsd: 1 });
    });
  });

  describe('many calls at once', () => {
    it('never overshoot a budget, a rate or the places', async () => {
      const limits = {
        rates: [aRate({ perMinute: 150 })],
        places: [aPlace({ limit: 120 })],
        budgets: [aBudget({ limitNanoUsd: 1_000 })],
        nanoUsd: 10,
      };
      const entries = Array.from({ length: 500 }, (_, n) => entryNow({ id: `c${n}`, ...limits }));
      const outcomes = await Promise.all(entries.map(async (entry) => ledger.admit(entry)));
      expect(outcomes.filter(({ admitted }) => admitted)).toHaveLength(100);
      expect(await standing()).toEqual([0, 1_000]);

      await Promise.all(
        entries.filter((_, n) => outcomes[n]?.admitted).map((entry) => settle(anEnd(entry, { nanoUsd: 3 }))),
      );
      expect(await standing()).toEqual([300, 0]);
      expect(await total()).toMatchObject({ callCount: 100, costNanoUsd: 300 });
    });
  });

  describe('summaries', () => {
    const book = async (...records: UsageRecord[]) => {
      for (const record of records) {
        const entry = anEntry({ id: record.id });
        await settle({ entry, rateAmounts: [], nanoUsd: 0, record });
      }
    };
    const at = (text: string) => new Date(text);
    const { KEY, PROVIDER, MODEL, END_USER, DAY } = UsageDimension;
    const summarize = (groupBy: UsageDimension[], said = {}) =>
      ledger.summarize({ from: 0, to: Infinity, key: undefined, groupBy, ...said });
    const counted = {
      failedCallCount: 0,
      cachedCallCount: 0,
      inputTokens: 0,
      outputTokens: 0,
      savedNanoUsd: 0,
    };

    it('are one row of nothing where nothing was used, and none by group', async () => {
      expect(await summarize([])).toEqual([{ group: [], callCount: 0, costNanoUsd: 0, ...counted }]);
      expect(await summarize([KEY])).toEqual([]);
    });

    it('count calls, failed and cached ones, tokens, cost and what was saved', async () => {
      const startTime = at('2026-11-27T10:00:00Z');
      await book(
        aRecord({ id: 'a', startTime, usage: { inputTokens: 7, outputTokens: 3 }, cost: { nanoUsd: 40 } }),
        aRecord({ id: 'b', startTime, status: 'UNAVAILABLE' }),
        aRecord({ id: 'c', startTime, cacheStatus: CacheStatus.HIT, savedNanoUsd: 40 }),
        aRecord({ id: 'd', startTime, cacheStatus: CacheStatus.STALE }),
      );
      expect(await summarize([])).toEqual([
        {
          group: [],
          callCount: 4,
          failedCallCount: 1,
          cachedCallCount: 2,
          inputTokens: 7,
          outputTokens: 3,
          costNanoUsd: 40,
          savedNanoUsd: 40,
        },
      ]);
    });

    it('group by any dimensions, in their order, dearest first, then by text', async () => {
      const noon = at('2026-11-27T11:00:00Z');
      const yesterday = at('2026-11-26T23:59:59.999Z');
      await book(
        aRecord({ id: 'a', startTime: noon, endUser: 'u "1"', cost: { nanoUsd: 5 } }),
        aRecord({ id: 'b', startTime: noon, endUser: 'ü,2', cost: { nanoUsd: 5 } }),
        aRecord({ id: 'c', startTime: yesterday, key: 'search', model: 'smart', cost: { nanoUsd: 9 } }),
      );
      const row = (group: string[], callCount: number, costNanoUsd: number) => ({
        group,
        callCount,
        costNanoUsd,
        ...counted,
      });
      expect(await summarize([KEY])).toEqual([row(['checkout'], 2, 10), row(['search'], 1, 9)]);
      expect(await summarize([DAY, MODEL])).toEqual([
        row(['2026-11-27', 'fast'], 2, 10),
        row(['2026-11-26', 'smart'], 1, 9),
      ]);
      expect(await summarize([END_USER, KEY])).toEqual([
        row(['', 'search'], 1, 9),
        row(['u "1"', 'checkout'], 1, 5),
        row(['ü,2', 'checkout'], 1, 5),
      ]);
      expect(await summarize([PROVIDER], { key: 'search' })).toEqual([row(['openai'], 1, 9)]);
      expect(await summarize([], { key: 'nobody' })).toEqual([row([], 0, 0)]);
    });

    it('give providers what attempts cost there, and the call to the one that answered', async () => {
      const billed = (provider: string, inputTokens: number, nanoUsd: number) => ({
        provider,
        usage: { inputTokens, outputTokens: 1 },
        cost: { nanoUsd },
      });
      await book(
        aRecord({
          id: 'a',
          startTime: at('2026-11-27T11:00:00Z'),
          usage: { inputTokens: 100, outputTokens: 50 },
          cost: { nanoUsd: 1_000 },
          billedAttempts: [
            billed('anthropic', 30, 300),
            billed('anthropic', 10, 100),
            billed('openai', 5, 50),
          ],
        }),
      );
      expect(await summarize([PROVIDER])).toEqual([
        { group: ['openai'], ...counted, callCount: 1, inputTokens: 60, outputTokens: 48, costNanoUsd: 600 },
        {
          group: ['anthropic'],
          ...counted,
          callCount: 0,
          inputTokens: 40,
          outputTokens: 2,
          costNanoUsd: 400,
        },
      ]);
      expect(await summarize([])).toMatchObject([{ inputTokens: 100, outputTokens: 50, costNanoUsd: 1_000 }]);
    });

    it('take whole days and parts of days, from inclusive, to exclusive', async () => {
      const times = [
        '2026-11-24T23:59:59.999Z',
        '2026-11-25T00:00:00Z',
        '2026-11-25T12:00:00Z',
        '2026-11-26T06:00:00Z',
        '2026-11-27T08:00:00Z',
        '2026-11-27T12:00:00Z',
      ];
      await book(
        ...times.map((time, n) => aRecord({ id: `r${n}`, startTime: at(time), cost: { nanoUsd: 10 ** n } })),
      );
      const cost = async (from: string, to: string, key?: string) => {
        const span = { from: at(from).getTime(), to: at(to).getTime(), key };
        return (await summarize([], span))[0]?.costNanoUsd;
      };
      expect(await cost('2026-11-25T00:00:00Z', '2026-11-26T00:00:00Z')).toBe(110);
      expect(await cost('2026-11-25T00:00:00.001Z', '2026-11-26T00:00:00Z')).toBe(100);
      expect(await cost('2026-11-25T12:00:00Z', '2026-11-26T06:00:00Z')).toBe(100);
      expect(await cost('2026-11-24T23:59:59.999Z', '2026-11-27T08:00:00Z')).toBe(1_111);
      expect(await cost('2026-11-24T23:59:59.999Z', '2026-11-27T08:00:00Z', 'checkout')).toBe(1_111);
      expect(await cost('2026-11-24T23:59:59.999Z', '2026-11-27T08:00:00Z', 'search')).toBe(0);
      expect(await cost('2026-11-27T08:00:00Z', '2026-11-27T12:00:00Z')).toBe(110_000);
      expect(await cost('2026-11-27T08:00:00Z', '2030-01-01T00:00:00Z')).toBe(110_000);
      expect(await cost('2026-11-26T00:00:00Z', '2026-11-26T00:00:00Z')).toBe(0);
    });

    it('refuse to begin before what is kept, since less than all would look like all', async () => {
      const from = at('2026-10-22T00:00:00Z').getTime();
      await expect(summarize([], { from })).rejects.toMatchObject({
        details: { violations: [{ field: 'start_time' }] },
        message:
          'start_time: is 2026-10-22T00:00:00.000Z, but usage is kept since 2026-10-23T00:00:00.000Z; begin there or later',
      });
    });

    it('refuse a part of a day whose records are gone, and name the whole day', async () => {
      const from = at('2026-10-23T01:00:00Z').getTime();
      await expect(summarize([], { from })).rejects.toMatchObject({
        message: expect.stringMatching(/^start_time: .* take the beginning of a day, such as 2026-10-23T00/),
      });
      const span = { from: at('2026-10-23T00:00:00Z').getTime(), to: at('2026-10-23T23:00:00Z').getTime() };
      await expect(summarize([], span)).rejects.toMatchObject({
        message: expect.stringMatching(/^end_time: /),
      });
    });
  });

  describe('the list of records', () => {
    const book = async (...records: UsageRecord[]) => {
      for (const record of records)
        ledger.settle({ entry: anEntry({ id: record.id }), rateAmounts: [], nanoUsd: 0, record });
      for (const { id } of records) await subject.booked(id);
    };
    const pages = async (pageSize: number, said = {}) => {
      const all: string[][] = [];
      let pageToken = '';
      do {
        const query = { from: 0, to: Infinity, key: undefined, ...said, pageSize, pageToken };
        const { records, nextPageToken } = await ledger.list(query);
        all.push(records.map(({ id }) => id));
        pageToken = nextPageToken;
      } while (pageToken !== '');
      return all;
    };

    it('gives records back as they were, newest first, by pages, also of one millisecond', async () => {
      const startTime = new Date(NOON - 1_000);
      const long = aRecord({
        id: 'd',
        startTime: new Date(NOON - 3 * DAY_MS),
        endUser: 'Grüße 👋\u0000',
        labels: { team: 'a b' },
        usage: { inputTokens: 2_000_000_000, outputTokens: 1, estimated: true },
        cost: { nanoUsd: 9_007_199_254_740_991 },
        duration: { seconds: 3, nanos: 5 },
      });
      await book(
        aRecord({ id: 'b', startTime }),
        long,
        aRecord({ id: 'a', startTime }),
        aRecord({ id: 'c', startTime }),
        aRecord({ id: 'e', startTime: new Date(NOON - 999) }),
      );
      expect(await pages(2)).toEqual([['e', 'c'], ['b', 'a'], ['d']]);
      expect(await pages(5)).toEqual([['e', 'c', 'b', 'a', 'd']]);
      expect(await pages(100)).toEqual([['e', 'c', 'b', 'a', 'd']]);
      expect((await listed()).at(-1)).toEqual(long);
    });

    it('keeps to span and key', async () => {
      const record = (id: string, ageMs: number, key: string) =>
        aRecord({ id, key, startTime: new Date(NOON - ageMs) });
      await book(
        record('a', 0, 'x'),
        record('b', 1, 'y'),
        record('c', DAY_MS, 'x'),
        record('d', 2 * DAY_MS, 'y'),
        record('e', 2 * DAY_MS + 1, 'x'),
      );
      expect(await pages(1, { key: 'x' })).toEqual([['a'], ['c'], ['e']]);
      expect(await pages(10, { from: NOON - 2 * DAY_MS, to: NOON })).toEqual([['b', 'c', 'd']]);
      expect(await pages(10, { key: 'nobody' })).toEqual([[]]);
    });

    it('keeps its pages right while records come in', async () => {
      const record = (id: string, ageMs: number) => aRecord({ id, startTime: new Date(NOON - ageMs) });
      await book(record('a', 30), record('b', 20), record('c', 10));
      const query = { from: 0, to: Infinity, key: undefined, pageSize: 2 };
      const first = await ledger.list({ ...query, pageToken: '' });
      expect(first.records.map(({ id }) => id)).toEqual(['c', 'b']);
      await book(record('new', 0), record('between', 15), record('old', 25));
      const second = await ledger.list({ ...query, pageToken: first.nextPageToken });
      expect(second.records.map(({ id }) => id)).toEqual(['old', 'a']);
      expect(second.nextPageToken).toBe('');
    });

    it.each(['?', 'AAAA', Buffer.from('12').toString('base64url')])(
      'refuses %o as a page token',
      async (pageToken) => {
        const query = { from: 0, to: Infinity, key: undefined, pageSize: 2, pageToken };
        await expect(ledger.list(query)).rejects.toMatchObject({
          details: { violations: [{ field: 'page_token' }] },
        });
      },
    );
  });

  describe('random calls', () => {
    const seed = testSeed();

    it(`are decided as an independent reading of the rules does (SEED=${seed})`, {
      timeout: 60_000,
    }, async () => {
      const random = seededRandom(seed);
      const oracle = createOracle();
      const pick = <T>(values: readonly T[]): T => values[random.below(values.length)] as T;
      const some = <T>(values: readonly T[]): T[] => values.filter(() => random.next() < 0.6);
      const rates = [
        aRate({ perMinute: 7 }),
        aRate({ unit: 'tokens', perMinute: 1_001 }),
        aRate({ scope: 'key:checkout/user:1', perMinute: 3 }),
      ];
      const places = [aPlace({ limit: 4 }), aPlace({ scope: 'key:checkout/user:1', limit: 2 })];
      const budgets = [
        aBudget({ limitNanoUsd: 20_000 }),
        aBudget({ period: BudgetPeriod.DAY, limitNanoUsd: 6_000 }),
        aBudget({ scope: 'gateway', limitNanoUsd: 15_000, onLostCall: 'release' }),
      ];
      const entries: Entry[] = [];
      for (let step = 0; step < 400; step++) {
        const what = random.next();
        if (what < 0.45 || entries.length === 0) {
          const entry = entryNow({
            id: `call${step}`,
            rates: some(rates).map((rate) => ({
              ...rate,
              amount: rate.unit === 'tokens' ? random.below(700) : 1,
            })),
            places: some(places),
            budgets: some(budgets),
            nanoUsd: random.below(1_500),
            leaseMs: 5_000 + random.below(60_000),
          });
          entries.push(entry);
          expect(await ledger.admit(entry)).toEqual(oracle.admit(entry, subject.now()));
        } else if (what < 0.55) {
          const entry = pick(entries);
          const more = { ...entry, nanoUsd: random.below(800) };
          const nanoUsd = (oracle.reservedBy(entry.id) ?? 0) + more.nanoUsd;
          more.ifLost = { ...entry.ifLost, cost: { nanoUsd, unpriced: false, estimated: true } };
          expect(await ledger.extend(more)).toEqual(oracle.extend(more, subject.now()));
        } else if (what < 0.85) {
          const entry = pick(entries.slice(-12));
          const end = anEnd(entry, {
            nanoUsd: random.below(1_500),
            rateAmounts: entry.rates.map(({ amount }) => Math.floor(amount * random.next() * 2)),
          });
          const settling = random.next() < 0.2 ? { ...end, nanoUsd: 0, record: undefined } : end;
          ledger.settle(settling);
          oracle.settle(settling, subject.now());
          await subject.booked(entry.id);
        } else {
          const ms = random.next() < 0.05 ? random.below(20) * HOUR_MS : random.below(30_000);
          await subject.pass(ms);
          oracle.pass(subject.now());
        }
        expect(await ledger.budgets(budgets)).toEqual(oracle.budgets(budgets, subject.now()));
      }
      await subject.pass(HOUR_MS);
      oracle.pass(subject.now());
      const left = await ledger.budgets(budgets);
      expect(left).toEqual(oracle.budgets(budgets, subject.now()));
      expect(left.map(({ reservedNanoUsd }) => reservedNanoUsd)).toEqual([0, 0, 0]);
      expect(await listed()).toEqual(oracle.records());
      expect(await total()).toMatchObject(oracle.total());
    });
  });
}

function admittedWith(budgets: BudgetStatus[]): Admitted {
  return { admitted: true, budgets };
}

function deniedBy(...denials: unknown[]): unknown {
  return { admitted: false, denials };
}

function standingAt(spentNanoUsd: number, reservedNanoUsd: number, resetAt: number): BudgetStatus {
  return { spentNanoUsd, reservedNanoUsd, resetAt };
}
