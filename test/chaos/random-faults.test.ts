import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { ask, MODES } from './support/ask.ts';
import { type FakeProvider, startFakeProvider } from './support/fake-provider.ts';
import { judge } from './support/judge.ts';
import { createLedger } from './support/ledger.ts';
import { type Made, make, randomCall, randomScript } from './support/random-call.ts';
import { scrape, total } from './support/scrape.ts';
import { servedByPrompt } from './support/served-by.ts';

// Hundreds of calls with faults by chance, and what must hold for each of them. `SEED=… npm run chaos -- --only random`
// makes the same calls and the same faults again.

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const CALLS = 600;
const AT_ONCE = 24;

const providers: Record<string, FakeProvider> = {};
let gateway: Gateway;
const made: Made[] = [];

beforeAll(async () => {
  process.stdout.write(`random faults: SEED=${SEED}\n`);
  for (const [name, speaks] of [
    ['a', 'openai'],
    ['b', 'anthropic'],
    ['c', 'openai'],
  ] as const) {
    providers[name] = await startFakeProvider({ speaks, script: randomScript(SEED, name) });
  }
  gateway = await startGateway({
    providers: Object.fromEntries(Object.entries(providers).map(([name, { config }]) => [name, config])),
    models: {
      m: { targets: Object.entries(providers).map(([name, { model }]) => ({ provider: name, model })) },
    },
    execution: {
      firstContentTimeout: '400ms',
      responseTimeout: '400ms',
      idleTimeout: '400ms',
      maxRetryDelay: '1s',
    },
    breaker: {
      volumeThreshold: 20,
      resetTimeout: '200ms',
      maxResetTimeout: '400ms',
      rollingCountTimeout: '1s',
    },
    retryBudget: { percentage: 100, minPerSecond: 10 },
  });
  // The first calls of a process take long enough to run into these limits.
  for (const mode of MODES) await ask(gateway.client, { model: 'm', prompt: `Warm up: ${mode}.`, mode });
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < CALLS) {
        next += 1;
        made.push(await make(gateway.client, 'm', randomCall(SEED, next)));
      }
    }),
  );
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const provider of Object.values(providers)) await provider[Symbol.asyncDispose]();
});

describe(`${CALLS} calls with random faults, seed ${SEED}`, () => {
  it('are answered exactly or fail, with a true account of who was asked', () => {
    const served = servedByPrompt(providers);
    expect(made.length).toBe(CALLS);
    const violations = made.flatMap((one) =>
      judge(one, served(one.call.prompt)).map(
        ({ breach, what }) => `${breach}: ${what} (${one.call.mode}, ${one.call.prompt})`,
      ),
    );
    expect(violations).toEqual([]);
  });

  it('are not all of one kind, or the rest would prove little', () => {
    const endings = new Set(made.map(({ seen }) => seen.error?.reason ?? 'answered'));
    expect([...endings]).toEqual(
      expect.arrayContaining([
        'answered',
        'STREAM_INTERRUPTED',
        'CANCELLED',
        'DEADLINE_EXCEEDED',
        'CONTEXT_LENGTH_EXCEEDED',
      ]),
    );
    const takeOvers = made.flatMap(({ seen }) =>
      seen.events.flatMap((event) => (event.$case === 'failedOver' ? [event.value.discardPrevious] : [])),
    );
    expect(new Set(takeOvers)).toEqual(new Set([true, false]));
  });

  it('are settled exactly once each, by log and by metric', async () => {
    await expect.poll(async () => (await inFlight()) === 0).toBe(true);
    const ledger = createLedger();
    for (const line of gateway.log) ledger.add(line);
    expect(ledger.check(made)).toEqual([]);
    const series = await scrape(gateway.metricsUrl, ['sluice_completions_total']);
    expect(total(series, 'sluice_completions_total')).toBe(ledger.size());
  });

  it('leave no connection to a provider behind', async () => {
    await expect
      .poll(() => Object.values(providers).map(({ sockets }) => sockets.size), { timeout: 5_000 })
      .toEqual([0, 0, 0]);
  });
});

async function inFlight(): Promise<number> {
  const { providers: statuses } = await gateway.client.admin.listProviders();
  return statuses.reduce((sum, { inFlightCount }) => sum + inFlightCount, 0);
}
