import { hash } from 'node:crypto';
import { createClient, type SluiceClient, SluiceError } from '@sluice/client';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { offerLoad, quantile, type Sample } from '../support/offer-load.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { startGatewayProcess } from './soak/gateway-process.ts';
import { type Bill, type BillingProvider, startBillingProvider } from './support/billing-provider.ts';
import { scrape, total } from './support/scrape.ts';

// Redis is paused under load, as by a slow disk or a fork: its connections stay, and nothing is answered. Where the policy
// is to allow, no call fails for it or is much slower, the log says so in a few lines, and afterwards everything is booked
// as if nothing had been.

const SEED = testSeed();
/** Set where the test has the machine to itself: see main.ts. */
const SECONDS = process.env['PAUSE_SECONDS'];
const PAUSE_MS = Number(SECONDS ?? 10) * 1_000;
const PER_SECOND = Number(process.env['PAUSE_RATE'] ?? 40);
/** What a 99th percentile needs, also where the pause is short. */
const QUIET_MS = Math.max(10_000, Math.min(PAUSE_MS, 30_000));
const WARM_UP_MS = 3_000;

/** A machine that is busy with other tests is slow at any time. */
const SLOWER_MS = SECONDS ? 100 : 500;
/** For the seconds in which what has waited for Redis is worked off, between the calls. */
const SLOWER_AFTERWARDS_MS = 500;
/** Of the log beside the one line for each call, which LOG_LEVEL=warn leaves out. */
const LOG_BYTES_PER_SECOND = 10_000;
/** That the heap may be larger after it than before. What waits for Redis meanwhile is some kilobytes for each call. */
const HEAP_GROWTH_BYTES = 8 * 2 ** 20;

/** Nano-dollars for a token. */
const INPUT = 1_000;
const OUTPUT = 10_000;
const ask = { model: 'fast', maxOutputTokens: 20 };

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
  return () => redis.stop();
});

it(`Redis paused for ${PAUSE_MS / 1_000} s under load is not noticed by callers, and all is booked afterwards (seed ${SEED})`, {
  timeout: 2 * (WARM_UP_MS + QUIET_MS + PAUSE_MS) + 120_000,
}, async () => {
  await using provider = await startBillingProvider(seededRandom(SEED));
  const lines: string[] = [];
  await using gateway = await startGatewayProcess(
    configuration(provider, {
      limits: { requestsPerMinute: 1_000_000, tokensPerMinute: 1_000_000_000, concurrency: 10_000 },
      budgets: [{ amount: 1_000, per: 'month', onStoreFailure: 'allow' }],
    }),
    (line) => lines.push(line),
  );
  await using client = clientOf(gateway.address);
  const unheld = async () =>
    total(await scrape(gateway.metricsUrl, ['sluice_calls_unheld_total']), 'sluice_calls_unheld_total');
  const random = seededRandom(SEED);
  let nth = 0;
  const call = () => {
    nth += 1;
    return client.complete({ ...ask, prompt: `question ${nth}` });
  };
  const load = async (forMs: number, name?: string) => {
    lines.length = 0;
    const samples = await offerLoad({ perSecond: PER_SECOND, forMs, random, call });
    const figures = { ...figuresOf(samples), ...logged(lines, samples.length, forMs) };
    if (name) print({ [name]: figures });
    return figures;
  };

  await load(WARM_UP_MS);
  const before = await load(QUIET_MS, 'before');
  const { heapBytes: heapBefore } = await gateway.sample();

  redis.freeze();
  const during = await load(PAUSE_MS, 'during');
  expect(await unheld()).toBeGreaterThan(0);
  redis.thaw();
  const thawedAt = performance.now();
  const after = await load(WARM_UP_MS, 'after');

  await expect.poll(() => isShared(client), { timeout: 10_000 }).toBe(true);
  const standing = async () => (await client.usage.getBudget({})).budgets[0];
  const spentNanoUsd = () => costOf(provider.bill);
  await expect
    .poll(standing, { timeout: 60_000, interval: 100 })
    .toMatchObject({ reservedNanoUsd: 0, spentNanoUsd: spentNanoUsd() });
  const bookedMs = performance.now() - thawedAt - WARM_UP_MS;
  // A busy machine may be late for a moment, which is none of this.
  const unheldInASecond = async () => {
    const until = await unheld();
    await load(1_000);
    return (await unheld()) - until;
  };
  const unheldUntilThen = await unheld();
  await expect.poll(unheldInASecond, { timeout: 30_000 }).toBe(0);
  await expect
    .poll(standing, { timeout: 10_000 })
    .toMatchObject({ reservedNanoUsd: 0, spentNanoUsd: spentNanoUsd() });

  const { summaries } = await vi.waitFor(() => client.usage.summarizeUsage({}), 10_000);
  const { heapBytes: heapAfter } = await gateway.sample();
  print({ unheld: unheldUntilThen, bookedMs, heapBefore, heapAfter });

  for (const figures of [before, during, after]) expect(figures.failures).toEqual({});
  expect(during.p99Ms).toBeLessThanOrEqual(before.p99Ms + SLOWER_MS);
  expect(after.p99Ms).toBeLessThanOrEqual(before.p99Ms + SLOWER_AFTERWARDS_MS);
  expect(during.warningBytesPerSecond).toBeLessThanOrEqual(LOG_BYTES_PER_SECOND);
  expect(during.lineBytesPerCall).toBeLessThanOrEqual(1.2 * before.lineBytesPerCall);
  expect(summaries).toMatchObject([
    {
      callCount: provider.bill.answers + (summaries[0]?.cachedCallCount ?? 0),
      failedCallCount: 0,
      inputTokens: provider.bill.inputTokens,
      outputTokens: provider.bill.outputTokens,
      costNanoUsd: spentNanoUsd(),
    },
  ]);
  expect(heapAfter - heapBefore).toBeLessThan(HEAP_GROWTH_BYTES);
});

describe('while Redis is paused', () => {
  it('calls fail fast where a budget denies them, and nothing is spent', async () => {
    await using provider = await startBillingProvider(seededRandom(SEED));
    const budgets = [{ amount: 1, per: 'day', onStoreFailure: 'deny' }];
    await using gateway = await startGateway(configuration(provider, { budgets }, 'denies'));
    await using client = clientOf(gateway.address);
    // A busy machine may be too late for one question.
    const standing = async () => (await client.usage.getBudget({})).budgets[0];
    await expect.poll(standing, { timeout: 10_000 }).toMatchObject({ spentNanoUsd: 0 });
    redis.freeze();
    try {
      const from = performance.now();
      const errors = await Promise.all(
        Array.from({ length: 20 }, (_, n) => failureOf(client.complete({ ...ask, prompt: `denied ${n}` }))),
      );
      // 40 ms for the cache and as many for the accounts, and generous room for a busy machine.
      expect(performance.now() - from).toBeLessThan(1_000);
      for (const error of errors) {
        expect(error).toMatchObject({ status: 'UNAVAILABLE', reason: 'STORE_UNAVAILABLE' });
        expect(error.retryAfterMs).toBeGreaterThan(0);
      }
      expect(provider.bill.answers).toBe(0);
    } finally {
      redis.thaw();
    }
    // Redis works off what it was asked while it was away. None of that stays held.
    await expect
      .poll(async () => (await client.usage.summarizeUsage({})).summaries, {
        timeout: 10_000,
      })
      .toMatchObject([{ callCount: 20, failedCallCount: 20, costNanoUsd: 0 }]);
    await expect.poll(standing, { timeout: 10_000 }).toMatchObject({ spentNanoUsd: 0, reservedNanoUsd: 0 });
    await client.complete({ ...ask, prompt: 'well again' });
  });

  it('rates and places are counted by each process itself', async () => {
    await using provider = await startBillingProvider(seededRandom(SEED));
    const limits = { requestsPerMinute: 5 };
    await using gateway = await startGateway(configuration(provider, { limits }, 'counts'));
    await using client = clientOf(gateway.address);
    redis.freeze();
    try {
      const endings = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          client.complete({ ...ask, prompt: `counted ${n}` }).then(
            () => 'OK',
            (error: SluiceError) => error.reason,
          ),
        ),
      );
      expect(endings.toSorted()).toEqual([...Array(3).fill('CALLER_RATE_LIMITED'), ...Array(5).fill('OK')]);
      expect(provider.bill.answers).toBe(5);
    } finally {
      redis.thaw();
    }
  });
});

function configuration(
  { url: baseUrl }: BillingProvider,
  key: Record<string, unknown>,
  keyPrefix = 'sluice',
): Record<string, unknown> {
  return {
    redis: { url: redis.url, keyPrefix },
    providers: { openai: { kind: 'openai-compatible', baseUrl } },
    models: { fast: { targets: [{ provider: 'openai', model: 'gpt' }] } },
    prices: { gpt: { inputPrice: INPUT / 1_000, outputPrice: OUTPUT / 1_000, maxOutputTokens: 1_000 } },
    // The leases of calls that run when the pause begins end within it, where it is a long one.
    execution: { maxAttempts: 1, totalTimeout: '10s' },
    keys: [{ name: 'checkout', sha256: hash('sha256', 'key-of-checkout'), ...key }],
  };
}

function clientOf(address: string): SluiceClient {
  return createClient({ address, apiKey: 'key-of-checkout', maxAttempts: 1 });
}

async function isShared(client: SluiceClient): Promise<boolean> {
  const again = () => client.complete({ ...ask, prompt: 'asked again' });
  await again();
  return (await again()).execution?.cacheStatus === 'CACHE_STATUS_HIT';
}

async function failureOf(call: Promise<unknown>): Promise<SluiceError> {
  const error = await call.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SluiceError)) throw error;
  return error;
}

function costOf({ inputTokens, outputTokens }: Bill): number {
  return inputTokens * INPUT + outputTokens * OUTPUT;
}

function figuresOf(samples: readonly Sample[]) {
  const times = samples.map(({ ms }) => ms);
  return {
    calls: samples.length,
    failures: tally(samples.flatMap(({ error }) => (error === undefined ? [] : [String(error)]))),
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    /** One for every ten seconds: whether it grows with what waits for Redis. */
    p99MsInTurn: Array.from({ length: Math.ceil((samples.at(-1)?.atMs ?? 0) / 10_000) }, (_, nth) =>
      quantile(
        samples.filter(({ atMs }) => Math.floor(atMs / 10_000) === nth).map(({ ms }) => ms),
        0.99,
      ),
    ),
    slowestMs: Math.max(...times),
  };
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** Tells the usual line of each call from what else there is to say. */
function logged(lines: readonly string[], calls: number, forMs: number) {
  const bytesOf = (some: readonly string[]) =>
    some.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  const usual = lines.filter((line) => line.includes('"level":"info"'));
  const others = lines.filter((line) => !line.includes('"level":"info"'));
  return {
    lineBytesPerCall: bytesOf(usual) / calls,
    warningLines: others.length,
    warningBytesPerSecond: (bytesOf(others) * 1_000) / forMs,
    allBytesPerSecond: (bytesOf(lines) * 1_000) / forMs,
  };
}

function print(figures: object): void {
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 10) / 10 : value;
  const lines = Object.entries(figures).map(
    ([name, value]) => `  ${name}: ${JSON.stringify(value, rounded)}`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}
