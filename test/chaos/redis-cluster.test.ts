import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnswerCache } from '../../src/completion/ports/cache.ts';
import { createRedisAnswerCache } from '../../src/storage/redis/answer-cache.ts';
import { createRedisConnection, type RedisConnection } from '../../src/storage/redis/connection.ts';
import { textAnswer } from '../contract/sample-answer.ts';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts';

const HOUR_MS = 3_600_000;
const PATIENCE_MS = 200;
const RECOVERY = { timeout: 10_000, interval: 50 };
/** Enough models that every node has some. */
const MODELS = Array.from({ length: 20 }, (_, n) => `model-${n}`);

let cluster: RedisCluster;
let redis: RedisConnection;
let cache: AnswerCache;
let logged: string[];

beforeEach(async () => {
  cluster = await startRedisCluster();
  logged = [];
  const log = { warn: (_: Record<string, unknown>, message: string) => void logged.push(message) };
  const urls = cluster.nodes.slice(0, 1).map((node) => node.url);
  const config = { urls, cluster: true, commandTimeoutMs: 40, keyPrefix: 'sluice' };
  redis = createRedisConnection({ config, now: Date.now, log });
  cache = createRedisAnswerCache({ redis, keyPrefix: 'sluice', staleTtlMs: 0, now: Date.now, log });
  await storesForEveryModel();
  logged.length = 0;
});

afterEach(async () => {
  await cache.close();
  await redis.close();
  await cluster[Symbol.asyncDispose]();
});

describe('the answer cache in a Redis cluster', () => {
  it('misses in time while all nodes are frozen, and has its answers back by itself', async () => {
    for (const node of cluster.nodes) node.freeze();
    for (let n = 0; n < 50; n++) {
      const start = performance.now();
      expect(await read()).toEqual(MODELS.map(() => undefined));
      expect(performance.now() - start).toBeLessThan(PATIENCE_MS);
    }
    for (const node of cluster.nodes) node.thaw();
    await expect.poll(read, RECOVERY).toEqual(MODELS.map(textAnswer));
    expect(logged.length).toBeLessThanOrEqual(12);
  });

  it('stores on a node again that was restarted', async () => {
    await cluster.nodes[1]?.restart();
    await storesForEveryModel();
    expect(logged.length).toBeLessThanOrEqual(12);
  });
});

function read(): Promise<unknown[]> {
  return Promise.all(MODELS.map(async (model) => (await cache.get({ model, digest: 'a1' }))?.answer));
}

async function storesForEveryModel(): Promise<void> {
  const storeAndRead = () => {
    for (const model of MODELS) cache.set({ model, digest: 'a1' }, textAnswer(model), HOUR_MS);
    return read();
  };
  await expect.poll(storeAndRead, RECOVERY).toEqual(MODELS.map(textAnswer));
}
