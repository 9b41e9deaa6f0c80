import { createClient, type SluiceClient, SluiceError } from '@sluice/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { says, startFakeOpenAi } from '../support/fake-openai.ts';
import { freePorts, type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { offerLoad, quantile, type Sample } from '../support/offer-load.ts';
import { seededRandom } from '../support/random.ts';

const PLACES = 10;
const PROVIDER_MS = 400;
/** What the gateway can take, in calls per second. */
const CAPACITY = (PLACES * 1_000) / PROVIDER_MS;
/** What one may wait in a burst. Long, so that a line that stands is told from a machine that is busy. */
const QUEUE_MS = 1_000;
/** Until the line has stood for that time, what comes may be a burst. */
const ONSET_MS = 1_500;
const STORM_MS = 4_500;

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const random = seededRandom(seed);

/** What callers saw, in milliseconds. `floor` is the time, at the same moments, of a call that no limit holds up. */
interface Weather {
  served: number[];
  refused: number[];
  errors: unknown[];
  floor: number[];
}

const running = new AsyncDisposableStack();
let gateway: GatewayProcess;
let client: SluiceClient;
let calm: Weather;
let storm: Weather;

const call = () => client.complete({ model: 'p/gpt-x', prompt: 'hello', maxOutputTokens: 16 });

async function offer(perSecond: number, forMs: number): Promise<Weather> {
  const loadOf = (perSecond: number, call: () => Promise<unknown>) =>
    offerLoad({ perSecond, forMs, random: seededRandom(random.below(1e9)), call });
  const [samples, floor] = await Promise.race([
    Promise.all([loadOf(perSecond, call), loadOf(50, () => client.models.listModels())]),
    gateway.exited.then((how) => {
      throw new Error(`the gateway ended: ${JSON.stringify(how)} ${gateway.stderr()}`);
    }),
  ]);
  const steady = samples.filter(isSteady);
  return {
    served: durations(steady.filter(({ error }) => error === undefined)),
    refused: durations(steady.filter(({ error }) => error !== undefined)),
    errors: samples.flatMap(({ error }) => error ?? []),
    floor: durations(floor.filter(isSteady)),
  };
}

function isSteady({ atMs }: Sample): boolean {
  return atMs > ONSET_MS;
}

function durations(samples: readonly Sample[]): number[] {
  return samples.map(({ ms }) => ms);
}

const median = (values: readonly number[]) => quantile(values, 0.5);
const p90 = (values: readonly number[]) => quantile(values, 0.9);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

beforeAll(async () => {
  const answer = says('hello');
  const provider = running.use(
    await startFakeOpenAi((request, response) => {
      setTimeout(() => answer(request, response), PROVIDER_MS);
    }),
  );
  gateway = await startGatewayProcess({
    server: { ...freePorts, maxConcurrency: PLACES, queueTimeout: `${QUEUE_MS}ms` },
    providers: { p: { kind: 'openai', apiKey: 'key-for-tests', baseUrl: provider.url } },
    cache: { enabled: false },
  });
  running.use(gateway);
  client = running.use(createClient({ address: await gateway.address(), maxAttempts: 1 }));
  // Code that has not run yet is slow.
  await offer(2 * CAPACITY, 1_500);
  // The machine is shared. What it does to all shows in the floor; the quietest of three rounds tells the most.
  for (let round = 0; round < 3; round++) {
    const before = await offer(CAPACITY / 2, ONSET_MS + 1_500);
    const during = await offer(4 * CAPACITY, STORM_MS);
    if (round > 0 && p90(during.floor) >= p90(storm.floor)) continue;
    calm = before;
    storm = during;
    if (p90(storm.floor) < 5) break;
  }
});
afterAll(() => running.disposeAsync());

describe(`at four times the load that it can take, the gateway (seed ${seed})`, () => {
  it('serves what it can take: nine tenths of the time, every place is in use', () => {
    const perSecond = storm.served.length / ((STORM_MS - ONSET_MS) / 1_000);
    // Little's law, which holds however slow the machine is.
    expect((perSecond * mean(storm.served)) / 1_000).toBeGreaterThan(0.9 * PLACES);
  });

  it('lets no line stand', () => {
    expect(storm.refused.length).toBeGreaterThan(2 * storm.served.length);
    expect(median(storm.refused)).toBeLessThan(QUEUE_MS / 4 + median(storm.floor));
    expect(median(storm.served)).toBeLessThan(median(calm.served) + QUEUE_MS / 4 + median(storm.floor));
  });

  it('serves as soon as ever and refuses within 10 ms, where the machine is quiet enough to tell', ({
    skip,
  }) => {
    const floor = p90(storm.floor);
    skip(floor > 6, `a call that nothing holds up takes ${floor.toFixed(1)} ms`);
    // 5 ms is what one may wait in line. unit/policy/overload.test.ts has all figures, under a clock of its own.
    expect(median(storm.served)).toBeLessThan(median(calm.served) + 10 + median(storm.floor));
    expect(p90(storm.served)).toBeLessThan(p90(calm.served) + 10 + 2 * floor);
    expect(median(storm.refused)).toBeLessThan(10);
    expect(p90(storm.refused)).toBeLessThan(10 + 2 * floor);
  });

  it('tells each whom it refuses when to come back, and not all at one time', () => {
    const refusals = storm.errors.map((error) => {
      if (!SluiceError.is(error)) throw error;
      const { status, reason, retryAfterMs = 0, metadata, cause } = error;
      return { status, reason, metadata, retryAfterMs, pushback: pushbackOf(cause) };
    });
    for (const refusal of refusals) {
      expect(refusal).toEqual({
        status: 'UNAVAILABLE',
        reason: 'GATEWAY_OVERLOADED',
        metadata: { maxConcurrency: String(PLACES) },
        retryAfterMs: refusal.retryAfterMs,
        pushback: String(refusal.retryAfterMs),
      });
    }
    const times = refusals.map(({ retryAfterMs }) => retryAfterMs);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...times)).toBeLessThanOrEqual(1_501);
    expect(quantile(times, 0.9) - quantile(times, 0.1)).toBeGreaterThan(500);
  });

  it('is as idle afterwards as before', async () => {
    const metrics = await (await fetch(gateway.metricsUrl())).text();
    expect(metrics).toMatch(/^sluice_calls_queued\S* 0$/m);
    expect(metrics).toMatch(/^sluice_provider_calls_in_flight\{provider="p"\S* 0$/m);
    await expect(Promise.all(Array.from({ length: PLACES }, call))).resolves.toHaveLength(PLACES);
  });
});

function pushbackOf(cause: unknown): unknown {
  const { metadata } = cause as { metadata?: { get(key: string): unknown[] } };
  return metadata?.get('grpc-retry-pushback-ms')[0];
}
