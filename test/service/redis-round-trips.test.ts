import { hash } from 'node:crypto';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@sluice/client';
import { expect, it } from 'vitest';
import { says, startFakeOpenAi } from '../support/fake-openai.ts';
import { startGateway } from '../support/gateway.ts';
import { startRedis } from '../support/redis-server.ts';

/**
 * Stands before a Redis and counts its clients' round trips: what is sent after an answer has come begins a new one. What is
 * sent together, or before an answer, is one.
 */
async function countRoundTrips(port: number) {
  let trips = 0;
  let owed = 0;
  const server = createServer((client) => {
    const redis = connect(port, '127.0.0.1');
    client.on('data', (bytes) => {
      if (owed === 0) trips += 1;
      owed += 1;
      redis.write(bytes);
    });
    redis.on('data', (bytes) => {
      owed = 0;
      client.write(bytes);
    });
    for (const [one, other] of [
      [client, redis],
      [redis, client],
    ] as const)
      one.on('close', () => other.destroy()).on('error', () => other.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trips: () => trips,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

it.each([
  ['with a limit, a budget and the cache', { cache: { enabled: true } }],
  ['with a limit and a budget', { cache: { enabled: false } }],
])('a call %s takes at most two round trips to Redis', async (name, said) => {
  await using redis = await startRedis();
  await using counted = await countRoundTrips(redis.port);
  await using provider = await startFakeOpenAi(says('Good day to you.'));
  await using gateway = await startGateway({
    redis: { url: counted.url },
    providers: { openai: { kind: 'openai-compatible', baseUrl: provider.url } },
    models: { fast: { targets: [{ provider: 'openai', model: 'gpt' }] } },
    prices: { gpt: { inputPrice: 1, outputPrice: 10 } },
    keys: [
      {
        name: 'checkout',
        sha256: hash('sha256', 'key-of-checkout'),
        limits: { requestsPerMinute: 1_000, tokensPerMinute: 1_000_000, concurrency: 10 },
        budgets: [{ amount: 25, per: 'day' }],
      },
    ],
    ...said,
  });
  using client = disposable(createClient({ address: gateway.address, apiKey: 'key-of-checkout' }));
  const call = (prompt: string) => client.complete({ model: 'fast', prompt, maxOutputTokens: 10 });
  // Redis learns the scripts from the first.
  await call('warm up');
  await sleep(300);

  const taken: number[] = [];
  for (let n = 0; n < 10; n += 1) {
    const before = counted.trips();
    await call(`call ${n}`);
    // The end of a call is booked in the background.
    await sleep(100);
    taken.push(counted.trips() - before);
  }
  process.stdout.write(`round trips to Redis of a call ${name}: ${taken.join(', ')}\n`);
  // The reaper, which looks for lost calls every few seconds, may come along.
  expect(taken.toSorted((a, b) => a - b)[4]).toBe(2);
});

function disposable<Some extends { close(): void }>(some: Some): Some & Disposable {
  return Object.assign(some, { [Symbol.dispose]: () => some.close() });
}
