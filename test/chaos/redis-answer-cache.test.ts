import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/completion/error.ts';
import type { AnswerCache, CacheKey } from '../../src/completion/ports/cache.ts';
import type { CompleteResponse } from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import { createRedisAnswerCache } from '../../src/storage/redis/answer-cache.ts';
import { createRedisConnection, type RedisConnection } from '../../src/storage/redis/connection.ts';
import { textAnswer } from '../contract/sample-answer.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const HOUR_MS = 3_600_000;
const COMMAND_TIMEOUT_MS = 40;
/** The port promises 50 ms; a busy machine gets some more before a test calls it broken. */
const PATIENCE_MS = 200;
const RECOVERY = { timeout: 8_000, interval: 50 };
const KEY = { model: 'smart', digest: 'a1' };
/** sha256 of `smart`, as `printf smart | sha256sum` says. */
const REDIS_KEY = 'sluice:cache:{544e2d6145f6ea1d}:a1';

let server: RedisServer;
let redis: RedisConnection;
let cache: AnswerCache;
let logged: string[];

beforeEach(async () => {
  server = await startRedis();
  connect();
  await expect.poll(() => redis.run((client) => client.ping()).catch(String), RECOVERY).toBe('PONG');
  await storesAgain();
  logged.length = 0;
});

afterEach(async () => {
  await cache.close();
  await redis.close();
  await server.stop();
});

describe('the answer cache while Redis is frozen', () => {
  it('misses in time, and hardly waits at all once it has noticed', async () => {
    server.freeze();
    const slowest = await slowestOf(100, () => expect(find(KEY)).resolves.toBeUndefined());
    expect(slowest.eachMs).toBeLessThan(PATIENCE_MS);
    expect(slowest.allMs).toBeLessThan((100 * COMMAND_TIMEOUT_MS) / 2);
  });

  it('misses in time for many calls at once, also for those behind a stuck pipeline', async () => {
    server.freeze();
    const first = find(KEY);
    await delay(COMMAND_TIMEOUT_MS / 2);
    const slowest = await slowestOf(1, () => Promise.all(Array.from({ length: 200 }, () => find(KEY))));
    expect(slowest.eachMs).toBeLessThan(PATIENCE_MS);
    expect(await first).toBeUndefined();
  });

  it('has its answers back by itself after a short freeze', async () => {
    server.freeze();
    await missRepeatedly(20);
    server.thaw();
    await expect.poll(() => find(KEY), RECOVERY).toEqual(textAnswer('one'));
  });

  it('has its answers back by itself after a freeze that outlasts the connection', async () => {
    server.freeze();
    for (const end = Date.now() + 3_000; Date.now() < end; ) {
      await missRepeatedly(1);
      await delay(50);
    }
    server.thaw();
    await expect.poll(() => find(KEY), RECOVERY).toEqual(textAnswer('one'));
    expect(logged.length).toBeLessThanOrEqual(12);
  });

  it('holds a bounded number of answers that are on their way, and closes nevertheless', async () => {
    server.freeze();
    for (let n = 0; n < 3_000; n++) cache.set({ model: 'smart', digest: `d${n}` }, textAnswer('x'), HOUR_MS);
    const slowest = await slowestOf(1, () => cache.close());
    expect(slowest.eachMs).toBeLessThan(2_000);
    expect(logged).toContain('Answer not cached: too many are on their way to Redis');
    expect(logged.length).toBeLessThanOrEqual(6);
  });
});

describe('the answer cache while Redis is stopped', () => {
  it('misses in time, drops what is stored, and says so in a few lines', async () => {
    await server.stop();
    const slowest = await slowestOf(200, async () => {
      cache.set(KEY, textAnswer('lost'), HOUR_MS);
      await expect(find(KEY)).resolves.toBeUndefined();
    });
    expect(slowest.eachMs).toBeLessThan(PATIENCE_MS);
    await expect
      .poll(() => logged.filter((line) => line === 'Redis connection failed').length, RECOVERY)
      .toBe(3);
    expect(logged.filter((line) => line === 'Cache not read: Redis failed')).toHaveLength(3);
    expect(logged.filter((line) => line === 'Answer not cached: Redis failed')).toHaveLength(3);
    expect(logged).toHaveLength(9);
  });

  it('works again by itself with the empty Redis that follows', async () => {
    await server.stop();
    await missRepeatedly(20);
    await server.restart();
    await expect.poll(() => redis.run((client) => client.dbsize()).catch(String), RECOVERY).toBe(0);
    expect(await find(KEY)).toBeUndefined();
    await storesAgain();
  });

  it('refuses a purge as unavailable, since the answers may still be there', async () => {
    await server.stop();
    const refusal = await cache.purge('smart').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(GatewayError);
    expect(refusal).toMatchObject({
      reason: ErrorReason.STORE_UNAVAILABLE,
      message: /Redis does not answer/,
    });
  });

  it('starts without Redis and uses it once it is there', async () => {
    await server.stop();
    await redis.close();
    connect();
    await missRepeatedly(20);
    await server.restart();
    await storesAgain();
  });
});

describe('the answer cache when Redis answers with an error', () => {
  it('stores nothing in a full Redis, goes on reading, and stores again once there is room', async () => {
    await redis.run((client) => client.config('SET', 'maxmemory', '1'));
    for (let n = 0; n < 50; n++) cache.set({ model: 'smart', digest: `d${n}` }, textAnswer('x'), HOUR_MS);
    await cache.close();
    expect(await find(KEY)).toEqual(textAnswer('one'));
    expect(await find({ model: 'smart', digest: 'd1' })).toBeUndefined();
    expect(logged).toEqual(Array(3).fill('Answer not cached: Redis failed'));

    await redis.run((client) => client.config('SET', 'maxmemory', '0'));
    cache.set(KEY, textAnswer('two'), HOUR_MS);
    expect(await find(KEY)).toEqual(textAnswer('two'));
  });

  it('stores again after the server was a replica for a while', async () => {
    await redis.run((client) => client.replicaof('127.0.0.1', '1'));
    cache.set(KEY, textAnswer('refused'), HOUR_MS);
    await cache.close();
    expect(logged).toContain('Answer not cached: Redis failed');

    const promote = () => redis.run((client) => client.replicaof('NO', 'ONE')).catch(String);
    await expect.poll(promote, RECOVERY).toBe('OK');
    await storesAgain();
  });

  it.each<[string, Buffer]>([
    ['cut short', Buffer.from([2, 0x0a, 40, 0x61])],
    ['of the version before', Buffer.from([1, 0x0a, 1, 0x61])],
    ['of another version', Buffer.from([200, 0x0a, 1, 0x61])],
    ['empty', Buffer.alloc(0)],
    ['not an answer', Buffer.from('hello')],
  ])('misses where the stored value is %s, and replaces it', async (_, value) => {
    await redis.run((client) => client.set(REDIS_KEY, value));
    for (let n = 0; n < 10; n++) expect(await find(KEY)).toBeUndefined();
    expect(logged).toEqual(Array(3).fill('Cached answer not used: it cannot be read'));
    cache.set(KEY, textAnswer('new'), HOUR_MS);
    expect(await find(KEY)).toEqual(textAnswer('new'));
  });

  it('misses where the key holds something else than a value, and replaces it', async () => {
    await redis.run((client) => client.del(REDIS_KEY));
    await redis.run((client) => client.lpush(REDIS_KEY, 'a', 'b'));
    for (let n = 0; n < 10; n++) expect(await find(KEY)).toBeUndefined();
    expect(logged).toEqual(Array(3).fill('Cache not read: Redis failed'));
    cache.set(KEY, textAnswer('new'), HOUR_MS);
    expect(await find(KEY)).toEqual(textAnswer('new'));
  });
});

async function find(key: CacheKey): Promise<CompleteResponse | undefined> {
  return (await cache.get(key))?.answer;
}

function connect(): void {
  logged = [];
  const log = { warn: (_: Record<string, unknown>, message: string) => void logged.push(message) };
  const config = {
    urls: [server.url],
    cluster: false,
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    keyPrefix: 'sluice',
  };
  redis = createRedisConnection({ config, now: Date.now, log });
  cache = createRedisAnswerCache({ redis, keyPrefix: 'sluice', staleTtlMs: 0, now: Date.now, log });
}

async function storesAgain(): Promise<void> {
  const storeAndGet = () => {
    cache.set(KEY, textAnswer('one'), HOUR_MS);
    return find(KEY);
  };
  await expect.poll(storeAndGet, RECOVERY).toEqual(textAnswer('one'));
}

async function missRepeatedly(times: number): Promise<void> {
  for (let n = 0; n < times; n++) expect(await find(KEY)).toBeUndefined();
}

async function slowestOf(
  times: number,
  act: () => Promise<unknown>,
): Promise<{ eachMs: number; allMs: number }> {
  const begun = performance.now();
  let eachMs = 0;
  for (let n = 0; n < times; n++) {
    const start = performance.now();
    await act();
    eachMs = Math.max(eachMs, performance.now() - start);
  }
  return { eachMs, allMs: performance.now() - begun };
}
