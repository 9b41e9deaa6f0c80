import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCompletion } from '../../../src/completion/complete.ts';
import { GatewayError } from '../../../src/completion/error.ts';
import { countLookUps } from '../../../src/completion/look-ups.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { limitConcurrency } from '../../../src/policy/limit-concurrency.ts';
import { createMemoryAnswerCache } from '../../../src/storage/memory/answer-cache.ts';
import { aCall, allContents, aRoute, finished, text } from '../../support/builders.ts';
import { offerLoad, type Sample } from '../../support/offer-load.ts';
import { seededRandom } from '../../support/random.ts';

// The whole flow under a clock that only the test moves, so that every figure is exact. What is left to real time is in
// test/chaos/overload.test.ts.

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const PROVIDER_MS = 200;
const QUEUE_MS = 100;

/** Lets time pass, each millisecond with all that follows from it. */
async function pass(ms: number): Promise<void> {
  for (let n = 0; n < ms; n++) {
    await new Promise(setImmediate);
    vi.advanceTimersByTime(1);
  }
  await new Promise(setImmediate);
}

/** A gateway with places for so many calls, whose provider answers after 200 ms. */
function aGateway(maxConcurrency: number) {
  const concurrency = limitConcurrency({
    config: { maxConcurrency, maxQueueLength: 200, queueTimeoutMs: QUEUE_MS },
    random: Math.random,
    now: () => performance.now(),
  });
  const completion = createCompletion({
    gate: concurrency,
    policies: [],
    close() {},
    cache: createMemoryAnswerCache({ maxEntries: 1, maxBytes: 1, staleTtlMs: 0, now: Date.now }),
    lookUps: countLookUps(),
    cacheConfig: { enabled: false, ttlMs: 1, staleTtlMs: 0, maxEntries: 1, maxBytes: 1 },
    contents: allContents,
    router: {
      resolve: () =>
        aRoute({
          async answer(_, show) {
            await new Promise((resolve) => setTimeout(resolve, PROVIDER_MS));
            show([text('Hi'), finished()]);
          },
        }),
    },
    now: Date.now,
  });
  return { concurrency, call: () => completion.run(aCall({ streamed: false }), () => undefined) };
}

it.each([10, 40, 200])(
  'four times the load that %s places can take is served as far as it can be, the rest refused within 10 ms',
  async (places) => {
    const { concurrency, call } = aGateway(places);
    const capacity = places / PROVIDER_MS;
    const forMs = 5_000;
    const load = offerLoad({ perSecond: 4_000 * capacity, forMs, random: seededRandom(places), call });
    await pass(forMs + PROVIDER_MS + QUEUE_MS);
    const samples = await load;

    // Until the line has stood for its time, what comes may be a burst.
    const steady = samples.filter(({ atMs }) => atMs > 2 * QUEUE_MS);
    const served = steady.filter(({ error }) => error === undefined);
    const refused = steady.filter(({ error }) => isRefusal(error));
    expect(served.length + refused.length).toBe(steady.length);
    expect(served.length / (forMs - 2 * QUEUE_MS)).toBeGreaterThan(0.95 * capacity);
    // 5 ms in line, in timers of whole milliseconds.
    expect(slowest(served)).toBeLessThanOrEqual(PROVIDER_MS + 7);
    expect(slowest(refused)).toBeLessThanOrEqual(7);
    expect(slowest(samples)).toBeLessThanOrEqual(PROVIDER_MS + QUEUE_MS + 2);
    expect(concurrency.status()).toMatchObject({ inFlight: 0, queued: 0 });
  },
);

it('a burst is served whole, where its line is gone in time', async () => {
  const { call } = aGateway(100);
  const first = Array.from({ length: 100 }, call);
  await pass(PROVIDER_MS - QUEUE_MS + 1);
  const burst = Array.from({ length: 100 }, call);
  await pass(2 * PROVIDER_MS);
  expect(await Promise.all([...first, ...burst])).toHaveLength(200);
});

function slowest(samples: readonly Sample[]): number {
  return Math.max(...samples.map(({ ms }) => ms));
}

function isRefusal(error: unknown): boolean {
  return error instanceof GatewayError && error.reason === ErrorReason.GATEWAY_OVERLOADED;
}
