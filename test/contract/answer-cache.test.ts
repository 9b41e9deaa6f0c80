import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AnswerCache, CacheKey } from '../../src/completion/ports.ts';
import { createMemoryAnswerCache } from '../../src/storage/memory/answer-cache.ts';
import { createRedisAnswerCache } from '../../src/storage/redis/answer-cache.ts';
import { createRedisConnection } from '../../src/storage/redis/connection.ts';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { richAnswer, textAnswer } from './sample-answer.ts';

const HOUR_MS = 3_600_000;

/** How each implementation is made, and how time passes for it. */
interface Subject {
  cache: AnswerCache;
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

describe('the answer cache in memory', () => {
  behavesAsAnswerCache(async () => {
    let time = 1_000_000;
    const cache = createMemoryAnswerCache({
      maxEntries: 10_000,
      maxBytes: 64 * 1024 * 1024,
      now: () => time,
    });
    return {
      cache,
      pass: async (ms) => {
        time += ms;
      },
      close: () => cache.close(),
    };
  });
});

describe('the answer cache in Redis', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  behavesAsAnswerCache(() => cacheInRedis({ urls: [server.url], cluster: false }));
});

describe('the answer cache in a Redis cluster', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  behavesAsAnswerCache(() => cacheInRedis({ urls: cluster.nodes.map((node) => node.url), cluster: true }));
});

let caches = 0;

async function cacheInRedis(place: { urls: string[]; cluster: boolean }): Promise<Subject> {
  const logged: unknown[] = [];
  const log = { warn: (...line: unknown[]) => void logged.push(line) };
  caches += 1;
  // Glob characters must not let one gateway purge the answers of another.
  const keyPrefix = `sl[u]ice*${caches}`;
  const config = { ...place, commandTimeoutMs: 5_000, keyPrefix };
  const redis = createRedisConnection({ config, now: Date.now, log });
  await expect
    .poll(() => redis.run((client) => client.ping()).catch(String), { timeout: 10_000 })
    .toBe('PONG');
  logged.length = 0;
  const cache = createRedisAnswerCache({ redis, keyPrefix, now: Date.now, log });
  return {
    cache,
    pass: (ms) => delay(ms),
    close: async () => {
      await cache.close();
      await redis.close();
      expect(logged).toEqual([]);
    },
  };
}

function behavesAsAnswerCache(create: () => Promise<Subject>): void {
  let subject: Subject;
  let cache: AnswerCache;

  beforeEach(async () => {
    subject = await create();
    cache = subject.cache;
  });
  afterEach(() => subject.close());

  it('gives back an answer as it was stored, with its bytes, times and big integers', async () => {
    cache.set(key('smart', 'a1'), richAnswer(), HOUR_MS);
    expect(await cache.get(key('smart', 'a1'))).toEqual(richAnswer());
  });

  it('has nothing for a key that was never stored', async () => {
    cache.set(key('smart', 'a1'), textAnswer('one'), HOUR_MS);
    expect(await cache.get(key('smart', 'a2'))).toBeUndefined();
  });

  it('keeps the answers of two models apart, also under one digest', async () => {
    cache.set(key('fast', 'a1'), textAnswer('fast'), HOUR_MS);
    cache.set(key('smart', 'a1'), textAnswer('smart'), HOUR_MS);
    expect(await cache.get(key('fast', 'a1'))).toEqual(textAnswer('fast'));
    expect(await cache.get(key('smart', 'a1'))).toEqual(textAnswer('smart'));
  });

  it('replaces an answer that is stored again', async () => {
    cache.set(key('smart', 'a1'), textAnswer('old'), HOUR_MS);
    cache.set(key('smart', 'a1'), textAnswer('new'), HOUR_MS);
    expect(await cache.get(key('smart', 'a1'))).toEqual(textAnswer('new'));
  });

  it('forgets an answer once its time is over, and not the one beside it', async () => {
    cache.set(key('smart', 'brief'), textAnswer('brief'), 40);
    cache.set(key('smart', 'lasting'), textAnswer('lasting'), HOUR_MS);
    await subject.pass(60);
    expect(await cache.get(key('smart', 'brief'))).toBeUndefined();
    expect(await cache.get(key('smart', 'lasting'))).toEqual(textAnswer('lasting'));
  });

  it('counts the time anew when an answer is stored again', async () => {
    cache.set(key('smart', 'a1'), textAnswer('old'), 40);
    cache.set(key('smart', 'a1'), textAnswer('new'), HOUR_MS);
    await subject.pass(60);
    expect(await cache.get(key('smart', 'a1'))).toEqual(textAnswer('new'));
  });

  it.each([0, -1, Number.NaN])('does not store for %d ms', async (ttlMs) => {
    cache.set(key('smart', 'a1'), textAnswer('one'), ttlMs);
    expect(await cache.get(key('smart', 'a1'))).toBeUndefined();
  });

  it('takes a fraction of a millisecond for a time to live', async () => {
    cache.set(key('smart', 'a1'), textAnswer('one'), 10_000.25);
    expect(await cache.get(key('smart', 'a1'))).toEqual(textAnswer('one'));
  });

  it('stores an answer of half a megabyte', async () => {
    const large = textAnswer('word '.repeat(100_000));
    cache.set(key('smart', 'a1'), large, HOUR_MS);
    expect(await cache.get(key('smart', 'a1'))).toEqual(large);
  });

  it('keeps neither an answer that is too large nor the one that it replaces', async () => {
    cache.set(key('smart', 'a1'), textAnswer('old'), HOUR_MS);
    cache.set(key('smart', 'a1'), textAnswer('x'.repeat(7 * 1024 * 1024)), HOUR_MS);
    expect(await cache.get(key('smart', 'a1'))).toBeUndefined();
  });

  it('is not changed by what happens to an answer before or after it was stored', async () => {
    const stored = richAnswer();
    cache.set(key('smart', 'a1'), stored, HOUR_MS);
    stored.message?.parts.pop();
    const first = await cache.get(key('smart', 'a1'));
    first?.message?.parts.pop();
    expect(await cache.get(key('smart', 'a1'))).toEqual(richAnswer());
  });

  it('stores many answers at once', async () => {
    const digests = Array.from({ length: 500 }, (_, n) => n.toString(16));
    for (const digest of digests) cache.set(key('smart', digest), textAnswer(digest), HOUR_MS);
    const found = await Promise.all(digests.map((digest) => cache.get(key('smart', digest))));
    expect(found).toEqual(digests.map(textAnswer));
  });

  it('purges the answers of one model, even one named like a pattern, and says how many there were', async () => {
    for (let n = 0; n < 700; n++) cache.set(key('sm*rt', `a${n}`), textAnswer('x'), HOUR_MS);
    cache.set(key('smart', 'a1'), textAnswer('kept'), HOUR_MS);
    expect(await cache.purge('sm*rt')).toBe(700);
    expect(await cache.get(key('sm*rt', 'a1'))).toBeUndefined();
    expect(await cache.get(key('smart', 'a1'))).toEqual(textAnswer('kept'));
    expect(await cache.purge('sm*rt')).toBe(0);
  });

  it('purges the answers of all models for an empty name', async () => {
    cache.set(key('fast', 'a1'), textAnswer('fast'), HOUR_MS);
    cache.set(key('smart', 'a1'), textAnswer('smart'), HOUR_MS);
    cache.set(key('smart', 'a2'), textAnswer('smart'), HOUR_MS);
    expect(await cache.purge('')).toBe(3);
    expect(await cache.get(key('fast', 'a1'))).toBeUndefined();
    expect(await cache.get(key('smart', 'a2'))).toBeUndefined();
  });

  it('does not count answers whose time was over before the purge', async () => {
    cache.set(key('smart', 'brief'), textAnswer('brief'), 20);
    cache.set(key('smart', 'lasting'), textAnswer('lasting'), HOUR_MS);
    await subject.pass(60);
    expect(await cache.purge('smart')).toBe(1);
  });
}

function key(model: string, digest: string): CacheKey {
  return { model, digest };
}
