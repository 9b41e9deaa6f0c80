import { createClient } from '@sluice/client';
import { expect, it } from 'vitest';
import { type FakeOpenAi, json, says, startFakeOpenAi } from '../support/fake-openai.ts';
import { freePorts, startGatewayProcess } from '../support/gateway-process.ts';
import { offerLoad } from '../support/offer-load.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { startRedis } from '../support/redis-server.ts';

// A provider that counts by itself what arrives in any minute, and answers 429 beyond its limit; four times as much as that
// asked of two gateways, which share its key and a Redis.

const SEED = testSeed();
const LIMIT = 300;
const MINUTE_MS = 60_000;
const LOAD_PER_SECOND = (4 * LIMIT) / 60;
const LOAD_MS = MINUTE_MS + 15_000;

interface LimitedProvider {
  provider: FakeOpenAi;
  /** When each request arrived, by performance.now(). */
  arrivals: number[];
  refused(): number;
}

async function startLimitedProvider(): Promise<LimitedProvider> {
  const arrivals: number[] = [];
  let refused = 0;
  const answer = says('from a');
  const provider = await startFakeOpenAi((request, response) => {
    const now = performance.now();
    if (arrivals.filter((at) => at > now - MINUTE_MS).length >= LIMIT) {
      refused += 1;
      return json(response, 429, { error: { message: 'slow down' } }, { 'retry-after': '1' });
    }
    arrivals.push(now);
    return answer(request, response);
  });
  return { provider, arrivals, refused: () => refused };
}

it(`a provider with limits as they really are never has to refuse, at four times the load, and has its share of it (seed ${SEED})`, {
  timeout: 3 * MINUTE_MS,
}, async () => {
  const { provider, arrivals, refused } = await startLimitedProvider();
  await using _provider = provider;
  await using other = await startFakeOpenAi(says('from b'));
  await using redis = await startRedis();
  const file = {
    server: freePorts,
    redis: { url: redis.url, commandTimeout: '400ms' },
    providers: {
      a: { kind: 'openai-compatible', baseUrl: provider.url, limits: { requestsPerMinute: LIMIT } },
      b: { kind: 'openai-compatible', baseUrl: other.url },
    },
    models: { fast: { targets: ['a', 'b'].map((provider) => ({ provider, model: 'gpt' })) } },
    cache: { enabled: false },
  };
  await using one = await startGatewayProcess(file);
  await using two = await startGatewayProcess(file);
  const random = seededRandom(SEED);
  const loads = [one, two].map(async (gateway) => {
    await using client = createClient({ address: await gateway.address(), maxAttempts: 1 });
    return await offerLoad({
      perSecond: LOAD_PER_SECOND / 2,
      forMs: LOAD_MS,
      random: seededRandom(random.below(1e9)),
      call: () => client.complete({ model: 'fast', prompt: 'hello', maxOutputTokens: 16 }),
    });
  });
  const samples = (await Promise.all(loads)).flat();
  process.stdout.write(
    `${samples.length} calls: ${arrivals.length} served by a, ${other.requests.length} by b, ${refused()} refused\n`,
  );
  expect(samples.flatMap(({ error }) => error ?? [])).toEqual([]);
  expect(refused()).toBe(0);
  expect(arrivals.length + other.requests.length).toBe(samples.length);
  // A tenth at once, and nine tenths in a minute; the load lasts for a quarter longer.
  expect(arrivals.length).toBeGreaterThan(LIMIT);
});
