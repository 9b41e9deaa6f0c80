import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@sluice/client';
import { ask, MODES } from '../support/ask.ts';
import { type FakeProvider, startFakeProvider } from '../support/fake-provider.ts';
import { judge, type Violation } from '../support/judge.ts';
import { createLedger } from '../support/ledger.ts';
import { type Made, randomScript } from '../support/random-call.ts';
import { scrape, total } from '../support/scrape.ts';
import { servedByPrompt } from '../support/served-by.ts';
import { startGatewayProcess } from './gateway-process.ts';
import { LEAST_POINTS } from './growth.ts';
import { createLoad } from './load.ts';
import { beginOutages } from './outages.ts';
import { countEndings, type Findings, report } from './report.ts';
import type { Sample } from './sample.ts';

export interface SoakOptions {
  minutes: number;
  seed: number;
  /** Calls per second. */
  rate: number;
}

const MINUTE_MS = 60_000;

/** Until the compiler has settled, and what is kept for good is there: a minute, or less in a short run. */
const WARM_UP_PERIODS = 2;

/** Samples are taken after every half minute under load, in a short run more often. */
const LEAST_PERIODS = LEAST_POINTS + WARM_UP_PERIODS - 1;

/**
 * Mixed faults at a steady rate against a gateway in a process of its own. Resolves to whether every answer was right,
 * every call was settled exactly once, and nothing grew; prints what it found.
 */
export async function soak({ minutes, seed, rate }: SoakOptions): Promise<boolean> {
  await using undo = new AsyncDisposableStack();
  const providers: Record<string, FakeProvider> = {};
  for (const [name, speaks] of [
    ['a', 'openai'],
    ['b', 'anthropic'],
    ['c', 'openai'],
  ] as const) {
    providers[name] = undo.use(await startFakeProvider({ speaks, script: randomScript(seed, name) }));
  }
  const ledger = createLedger();
  const gateway = undo.use(await startGatewayProcess(configFor(providers), ledger.add));
  const client = undo.use(createClient({ address: gateway.address, maxAttempts: 1 }));
  const load = createLoad({ client, seed, rate });
  for (const mode of MODES) await ask(client, { model: 'm', prompt: `Warm up: ${mode}.`, mode });

  const periods = Math.max(LEAST_PERIODS, Math.ceil(2 * minutes));
  const findings: Findings = {
    endings: new Map(),
    violations: [],
    unsettled: [],
    settledByLog: 0,
    settledByMetric: 0,
    isWarm: (minutes / periods) * WARM_UP_PERIODS >= 1,
    samples: [],
    exit: undefined,
  };
  let calls = 0;
  for (let period = 1; period <= periods; period += 1) {
    const made = await underLoad((minutes * MINUTE_MS) / periods);
    findings.violations.push(...(await rest()));
    calls += made.length;
    countEndings(findings.endings, made);
    const served = servedByPrompt(providers);
    findings.violations.push(...made.flatMap((one) => judge(one, served(one.call.prompt))));
    findings.unsettled.push(...ledger.check(made));
    for (const provider of Object.values(providers)) provider.served.length = 0;
    const sample = await gateway.sample();
    if (period >= WARM_UP_PERIODS) findings.samples.push({ calls, sample });
    progress(`${calls} calls, ${findings.violations.length} wrong; at rest ${describe(sample)}`);
  }

  const series = await scrape(gateway.metricsUrl, ['sluice_completions_total']);
  findings.settledByMetric = total(series, 'sluice_completions_total');
  findings.exit = await gateway.stop();
  findings.settledByLog = ledger.size();
  const { passed, text } = report(findings);
  process.stdout.write(`Soak of ${minutes} min at ${rate} calls/s, seed ${seed}.\n${text}`);
  return passed;

  async function underLoad(forMs: number): Promise<Made[]> {
    await using _ = beginOutages(Object.values(providers), seed + calls);
    return await load.run(forMs);
  }

  /** Until idle connections are closed, circuits have had their time, and the log is out. Tells what is left then. */
  async function rest(): Promise<Violation[]> {
    // A pool of connections that an outage has emptied goes with the next connection that ends.
    for (const name of Object.keys(providers)) await client.admin.checkProvider({ name });
    await sleep(REST_MS);
    const until = performance.now() + LONGEST_REST_MS;
    while (connections() > 0 && performance.now() < until) await sleep(50);
    const left = { 'connections to providers': connections(), ...(await running(gateway.metricsUrl)) };
    return Object.entries(left).flatMap(([what, count]): Violation[] =>
      count === 0 ? [] : [{ breach: 'left behind', what: `${count} ${what} after ${calls} calls` }],
    );
  }

  function connections(): number {
    return Object.values(providers).reduce((sum, { sockets }) => sum + sockets.size, 0);
  }
}

/** By the gateway's own account, what is going on in it. */
async function running(metricsUrl: string): Promise<Record<string, number>> {
  const gauges = ['sluice_calls_in_flight', 'sluice_calls_queued', 'sluice_provider_calls_in_flight'];
  const series = await scrape(metricsUrl, gauges);
  return Object.fromEntries(gauges.map((name) => [name, total(series, name)]));
}

const REST_MS = 2_500;
const LONGEST_REST_MS = 20_000;

/** Quick limits, so that many faults fit into the time; and a cache and usage records that are full before growth is judged. */
function configFor(providers: Record<string, FakeProvider>): Record<string, unknown> {
  const entries = Object.entries(providers);
  return {
    providers: Object.fromEntries(entries.map(([name, { config }]) => [name, config])),
    models: { m: { targets: entries.map(([name, { model }]) => ({ provider: name, model })) } },
    execution: {
      firstContentTimeout: '1s',
      responseTimeout: '1s',
      idleTimeout: '1s',
      maxRetryDelay: '1s',
    },
    breaker: { volumeThreshold: 20, resetTimeout: '1s', maxResetTimeout: '1s', rollingCountTimeout: '2s' },
    cache: { ttl: '1s', staleTtl: '10s', maxEntries: 20 },
    usage: { maxRecords: 200 },
  };
}

function describe({ heapBytes, objects }: Sample): string {
  return `${(heapBytes / 2 ** 20).toFixed(1)} MiB, ${objects.Object} objects, ${objects.Function} of them functions`;
}

function progress(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}
