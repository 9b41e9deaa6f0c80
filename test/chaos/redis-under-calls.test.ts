import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fails, says, startFakeOpenAi } from '../support/fake-openai.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

let redis: RedisServer;
let gateway: Gateway;
let nth = 0;

beforeAll(async () => {
  redis = await startRedis();
  gateway = await startGateway({ redis: { url: redis.url } });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await redis.stop();
});

const atOnce = { demo: '{"intervalMs":0}' };
const ask = (prompt: string) => gateway.client.complete({ model: 'demo', prompt, providerOptions: atOnce });

/** Calls that nothing stored can answer, one after the other: the slowest one's time. */
async function slowestOf(calls: number): Promise<number> {
  let slowest = 0;
  for (let n = 0; n < calls; n++) {
    nth += 1;
    const startedAt = performance.now();
    expect((await ask(`call ${nth}`)).finishReason).toBe('FINISH_REASON_STOP');
    slowest = Math.max(slowest, performance.now() - startedAt);
  }
  return slowest;
}

async function isShared(prompt: string): Promise<boolean> {
  await ask(prompt);
  return (await ask(prompt)).execution?.cacheStatus === 'CACHE_STATUS_HIT';
}

describe('calls while Redis is in trouble', () => {
  it('are answered from it while it is well', async () => {
    await expect.poll(() => isShared('well')).toBe(true);
  });

  it.each([
    ['frozen', () => redis.freeze(), () => redis.thaw()],
    ['gone and started anew', () => redis.stop(), () => redis.restart()],
  ])('go on while it is %s, with bounded logging, and use it again afterwards', async (state, harm, heal) => {
    const linesBefore = gateway.log.length;
    await harm();
    const slowest = await slowestOf(40);
    // 50 ms for the cache, twice (read and the first time-outs), and generous room for a busy machine.
    expect(slowest).toBeLessThan(400);
    const warnings = gateway.log.slice(linesBefore).filter((line) => line.includes('"level":"warn"'));
    expect(warnings.length).toBeLessThan(20);
    await heal();
    await expect.poll(() => isShared(`healed from ${state}`), { timeout: 10_000 }).toBe(true);
  });
});

describe('calls whose provider is down', () => {
  it('are answered past the time of an answer by any replica, and fail once Redis is gone as well', async () => {
    let respond = says('Once.');
    await using provider = await startFakeOpenAi((request, response) => respond(request, response));
    const file = {
      redis: { url: redis.url },
      providers: { p: { kind: 'openai', apiKey: 'sk-test', baseUrl: provider.url } },
    };
    await using first = await startGateway(file);
    await using second = await startGateway(file);
    const request = { model: 'p/gpt-x', prompt: 'hello', cache: { ttl: { nanos: 50_000_000 } } };
    const statusAt = async ({ client }: Gateway) =>
      (await client.complete(request).catch(() => undefined))?.execution?.cacheStatus;
    // The answer is lost until the gateway has found Redis.
    await expect.poll(async () => (await statusAt(first)) && statusAt(first)).toBe('CACHE_STATUS_HIT');
    respond = fails(503);
    await expect.poll(() => statusAt(second)).toBe('CACHE_STATUS_STALE');
    await redis.stop();
    await expect(second.client.complete(request)).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    await redis.restart();
  });
});
