import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AnswerCache, CacheKey } from '../../src/completion/ports/cache.ts';
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
  behavesAsAnswerCache(async (staleTtlMs) => {
    let time = 1_000_000;
    const cache = createMemoryAnswerCache({
      maxEntries: 10_000,
      maxBytes: 64 * 1024 * 1024,
      staleTtlMs,
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

  behavesAsAnswerCache((staleTtlMs) => cacheInRedis({ urls: [server.url], cluster: false, staleTtlMs }));
});

describe('the answer cache in a Redis cluster', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  behavesAsAnswerCache((staleTtlMs) =>
    cacheInRedis({ urls: cluster.nodes.map((node) => node.url), cluster: true, staleTtlMs }),
  );
});

let caches = 0;

async function cacheInRedis({
  staleTtlMs,
  ...place
}: {
  urls: string[];
  cluster: boolean;
  staleTtlMs: number;
}): Promise<Subject> {
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
  const cache = createRedisAnswerCache({ redis, keyPrefix, staleTtlMs, now: Date.now, log });
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

function behavesAsAnswerCache(create: (staleTtlMs: number) => Promise<Subject>): void {
  let subject: Subject;
  let cache: AnswerCache;
  const find = async (key: CacheKey) => (await cache.get(key))?.answer;
  const begin = async (staleTtlMs: number) => {
    subject = await create(staleTtlMs);
    cache = subject.cache;
  };

  beforeEach(() => begin(0));
  afterEach(() => subject.close());

  it('gives back an answer as it was stored, with its bytes, times and big integers', async () => {
    cache.set(key('smart', 'a1'), richAnswer(), HOUR_MS);
    expect(await find(key('smart', 'a1'))).toEqual(richAnswer());
  });

  it('has nothing for a key that was never stored', async () => {
    cache.set(key('smart', 'a1'), textAnswer('one'), HOUR_MS);
    expect(await find(key('smart', 'a2'))).toBeUndefined();
  });

  it('keeps the answers of two models apart, also under one digest', async () => {
    cache.set(key('fast', 'a1'), textAnswer('fast'), HOUR_MS);
    cache.set(key('smart', 'a1'), textAnswer('smart'), HOUR_MS);
    expect(await find(key('fast', 'a1'))).toEqual(textAnswer('fast'));
    expect(await find(key('smart', 'a1'))).toEqual(textAnswer('smart'));
  });

  it('replaces an answer that is stored again', async () => {
    cache.set(key('smart', 'a1'), textAnswer('old'), HOUR_MS);
    cache.set(key('smart', 'a1'), textAnswer('new'), HOUR_MS);
    expect(await find(key('smart', 'a1'))).toEqual(textAnswer('new'));
  });

  it('forgets an answer once its time is over, and not the one beside it', async () => {
    cache.set(key('smart', 'brief'), textAnswer('brief'), 40);
    cache.set(key('smart', 'lasting'), textAnswer('lasting'), HOUR_MS);
    await subject.pass(60);
    expect(await find(key('smart', 'brief'))).toBeUndefined();
    expect(await find(key('smart', 'lasting'))).toEqual(textAnswer('lasting'));
  });

  it('counts the time anew when an answer is stored again', async () => {
    cache.set(key('smart', 'a1'), textAnswer('old'), 40);
    cache.set(key('smart', 'a1'), textAnswer('new'), HOUR_MS);
    await subject.pass(60);
    expect(await find(key('smart', 'a1'))).toEqual(textAnswer('new'));
  });

  it.each([0, -1, Number.NaN])('does not store for %d ms', async (ttlMs) => {
    cache.set(key('smart', 'a1'), textAnswer('one'), ttlMs);
    expect(await find(key('smart', 'a1'))).toBeUndefined();
  });

  it('takes a fraction of a millisecond for a time to live', async () => {
    cache.set(key('smart', 'a1'), textAnswer('one'), 10_000.25);
    expect(await find(key('smart', 'a1'))).toEqual(textAnswer('one'));
  });

  it('stores an answer of half a megabyte', async () => {
    const large = textAnswer('word '.repeat(100_000));
    cache.set(key('smart', 'a1'), large, HOUR_MS);
    expect(await find(key('smart', 'a1'))).toEqual(large);
  });

  it('keeps neither an answer that is too large nor the one that it replaces', async () => {
    cache.set(key('smart', 'a1'), textAnswer('old'), HOUR_MS);
    cache.set(key('smart', 'a1'), textAnswer('x'.repeat(7 * 1024 * 1024)), HOUR_MS);
    expect(await find(key('smart', 'a1'))).toBeUndefined();
  });

  it('is not changed by what happens to an answer before or after it was stored', async () => {
    const stored = richAnswer();
    cache.set(key('smart', 'a1'), stored, HOUR_MS);
    stored.message?.parts.pop();
    const first = await find(key('smart', 'a1'));
    first?.message?.parts.pop();
    expect(await find(key('smart', 'a1'))).toEqual(richAnswer());
  });

  it('stores many answers at once', async () => {
    const digests = Array.from({ length: 500 }, (_, n) => n.toString(16));
    for (const digest of digests) cache.set(key('smart', digest), textAnswer(digest), HOUR_MS);
    const found = await Promise.all(digests.map((digest) => find(key('smart', digest))));
    expect(found).toEqual(digests.map(textAnswer));
  });

  it('purges the answers of one model, even one named like a pattern, and says how many there were', async () => {
    for (let n = 0; n < 700; n++) cache.set(key('sm*rt', `a${n}`), textAnswer('x'), HOUR_MS);
    cache.set(key('smart', 'a1'), textAnswer('kept'), HOUR_MS);
    expect(await cache.purge('sm*rt')).toBe(700);
    expect(await find(key('sm*rt', 'a1'))).toBeUndefined();
    expect(await find(key('smart', 'a1'))).toEqual(textAnswer('kept'));
    expect(await cache.purge('sm*rt')).toBe(0);
  });

  it('purges the answers of all models for an empty name', async () => {
    cache.set(key('fast', 'a1'), textAnswer('fast'), HOUR_MS);
    cache.set(key('smart', 'a1'), textAnswer('smart'), HOUR_MS);
    cache.set(key('smart', 'a2'), textAnswer('smart'), HOUR_MS);
    expect(await cache.purge('')).toBe(3);
    expect(await find(key('fast', 'a1'))).toBeUndefined();
    expect(await find(key('smart', 'a2'))).toBeUndefined();
  });

  it('does not count answers whose time was over before the purge', async () => {
    cache.set(key('smart', 'brief'), textAnswer('brief'), 20);
    cache.set(key('smart', 'lasting'), textAnswer('lasting'), HOUR_MS);
    await subject.pass(60);
    expect(await cache.purge('smart')).toBe(1);
  });

  describe('that keeps stale answers', () => {
    const KEY = key('smart', 'a1');
    const keepStaleFor = async (staleTtlMs: number) => {
      await subject.close();
      await begin(staleTtlMs);
    };

    it('gives an answer back as fresh, then as stale, then not at all', async () => {
      await keepStaleFor(1_200);
      cache.set(KEY, richAnswer(), 300);
      expect(await cache.get(KEY)).toMatchObject({ answer: richAnswer(), fresh: true });
      await subject.pass(400);
      const stale = await cache.get(KEY);
      expect(stale).toMatchObject({ answer: richAnswer(), fresh: false });
      expect(stale?.ageMs).toBeGreaterThanOrEqual(395);
      expect(stale?.ageMs).toBeLessThanOrEqual(1_200);
      await subject.pass(900);
      expect(await cache.get(KEY)).toBeUndefined();
    });

    it('gives one back as fresh beyond the limit on stale ones, where its own time is longer', async () => {
      await keepStaleFor(20);
      cache.set(KEY, textAnswer('one'), HOUR_MS);
      await subject.pass(60);
      expect(await cache.get(KEY)).toMatchObject({ answer: textAnswer('one'), fresh: true });
    });

    it('just ends one whose own time is as long as the limit', async () => {
      await keepStaleFor(40);
      cache.set(KEY, textAnswer('one'), 40);
      await subject.pass(60);
      expect(await cache.get(KEY)).toBeUndefined();
    });

    it.each([0, -1, Number.NaN])('does not store for %d ms, not even to be stale at once', async (ttlMs) => {
      await keepStaleFor(HOUR_MS);
      cache.set(KEY, textAnswer('one'), ttlMs);
      expect(await cache.get(KEY)).toBeUndefined();
    });

    it('makes an answer fresh by storing it again', async () => {
      await keepStaleFor(HOUR_MS);
      cache.set(KEY, textAnswer('old'), 20);
      await subject.pass(40);
      expect(await cache.get(KEY)).toMatchObject({ fresh: false });
      cache.set(KEY, textAnswer('new'), HOUR_MS);
      expect(await cache.get(KEY)).toMatchObject({ answer: textAnswer('new'), fresh: true });
    });

    it('purges and counts stale answers too', async () => {
      await keepStaleFor(HOUR_MS);
      cache.set(KEY, textAnswer('stale'), 20);
      cache.set(key('smart', 'a2'), textAnswer('fresh'), HOUR_MS);
      await subject.pass(40);
      expect(await cache.purge('smart')).toBe(2);
      expect(await cache.get(KEY)).toBeUndefined();
    });
  });
}

function key(model: string, digest: string): CacheKey {
  return { model, digest };
}
