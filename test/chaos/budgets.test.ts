import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, SluiceError } from '@sluice/client';
import { expect, it } from 'vitest';
import { freePorts, type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type Bill, type BillingProvider, startBillingProvider } from './support/billing-provider.ts';

// A budget holds: what the provider has served, by its own count, never costs more than the limit; and what was not spent
// can be spent afterwards. However many ask at once, whoever dies, whatever becomes of Redis.

const SEED = testSeed();
const CALLERS = 200;
const PROCESSES = 4;
/** What each caller would like to have, of which the budget covers a tenth. */
const CALLS_EACH = 10;
/** Calls at the provider at once of which each process has some. */
const BUSY = 20;
const MOST_OUTPUT = 20;
/** Nano-dollars for a token. */
const INPUT = 1_000;
const OUTPUT = 10_000;
/** The most that a call can cost: its five bytes of text and two frames of 16 tokens, and all of its output. */
const MOST = (5 + 2 * 16) * INPUT + MOST_OUTPUT * OUTPUT;
const USUAL = 7 * INPUT + (MOST_OUTPUT / 2) * OUTPUT;
const LIMIT = Math.round((CALLERS * CALLS_EACH * USUAL) / 10);

const TOTAL_TIMEOUT_MS = 5_000;
/** Until the reservations of a killed process have run out: see GRACE_MS of the accounts, and the reaper's interval. */
const LOST_MS = TOTAL_TIMEOUT_MS + 30_000 + 15_000;

interface Trouble {
  processes: GatewayProcess[];
  start(): Promise<GatewayProcess>;
  provider: BillingProvider;
  redis: RedisServer;
  over: AbortSignal;
}

const troubles: Record<string, { make?(trouble: Trouble): Promise<void>; kills?: boolean }> = {
  'two hundred callers at once': {},
  'a process being killed again and again': {
    kills: true,
    async make({ processes, start, provider, over }) {
      // The first one in the middle of its calls: a fast gateway may have spent the budget before the second.
      while (provider.serving() < BUSY && !over.aborted) await sleep(1);
      for (let nth = 0; !over.aborted; nth += 1) {
        if (nth > 0) await sleep(400);
        const killed = processes[nth % processes.length] as GatewayProcess;
        killed.kill('SIGKILL');
        await killed.exited;
        const next = await start();
        await next.address();
        processes[nth % processes.length] = next;
      }
    },
  },
  'Redis being frozen and restarted': {
    async make({ redis, over }) {
      while (!over.aborted) {
        await sleep(300);
        redis.freeze();
        await sleep(250);
        redis.thaw();
        await sleep(300);
        await redis.restart();
      }
    },
  },
};

it.each(Object.entries(troubles))(
  `a budget is never overstepped, and all of it can be spent, with %s (seed ${SEED})`,
  { timeout: 240_000 },
  async (_, { make, kills }) => {
    await using provider = await startBillingProvider(seededRandom(SEED));
    // Every write is on the disk before it is acknowledged: what a restart finds is what was.
    await using redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    const start = () => startGatewayProcess(configuration(provider.url, redis.url));
    const processes = await Promise.all(Array.from({ length: PROCESSES }, start));
    await using _processes = { [Symbol.asyncDispose]: () => disposeAll(processes) };
    for (const gateway of processes) await gateway.address();

    const over = new AbortController();
    const trouble = make?.({ processes, start, provider, redis, over: over.signal });
    const endings = new Map<string, number>();
    await Promise.all(
      Array.from({ length: CALLERS }, (_, n) => callAgain(() => processes[n % PROCESSES], endings)),
    );
    over.abort();
    await trouble;
    process.stdout.write(
      `${`${JSON.stringify(Object.fromEntries(endings))}, served ${JSON.stringify(provider.bill)}`}\n`,
    );
    expect(costOf(provider.bill)).toBeLessThanOrEqual(LIMIT);

    const [first] = processes as [GatewayProcess];
    await using client = clientOf(await first.address());
    const standing = async () => (await client.usage.getBudget({})).budgets[0];
    // Until everything is settled, and what died is given up.
    await expect
      .poll(standing, { timeout: kills ? LOST_MS : 10_000, interval: 500 })
      .toMatchObject({ reservedNanoUsd: 0 });
    const settled = await standing();
    const { summaries } = await client.usage.summarizeUsage({});
    expect(summaries[0]?.costNanoUsd).toBe(settled?.spentNanoUsd);
    expect(settled?.spentNanoUsd).toBeLessThanOrEqual(LIMIT);
    // What the gateway left, or died over, is charged by an estimate, whether or not the provider has served it.
    const estimated = await estimatedCost(client);
    expect(settled?.spentNanoUsd).toBeGreaterThanOrEqual(costOf(provider.bill));
    expect((settled?.spentNanoUsd ?? 0) - estimated).toBeLessThanOrEqual(costOf(provider.bill));
    if (kills) expect(estimated).toBeGreaterThan(0);

    // What is left can be had, down to what a call may cost.
    while ((await call(client)) === 'OK');
    const rest = LIMIT - ((await standing())?.spentNanoUsd ?? 0);
    process.stdout.write(
      `limit ${LIMIT}, provider's count ${costOf(provider.bill)}, rest ${rest} of ${MOST}\n`,
    );
    expect(rest).toBeGreaterThanOrEqual(0);
    expect(rest).toBeLessThan(MOST);
    expect(costOf(provider.bill)).toBeLessThanOrEqual(LIMIT);
  },
);

/** A caller asks again and again; a gateway that is gone, and a Redis, are waited for. */
async function callAgain(at: () => GatewayProcess | undefined, endings: Map<string, number>): Promise<void> {
  for (let nth = 0; nth < CALLS_EACH; nth += 1) {
    const gateway = at();
    if (!gateway) return;
    await using client = clientOf(await gateway.address());
    const ending = await call(client);
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
    if (ending === 'UNAVAILABLE') await sleep(200);
  }
}

async function call(client: ReturnType<typeof clientOf>): Promise<string> {
  try {
    await client.complete({ model: 'fast', prompt: 'hello', maxOutputTokens: MOST_OUTPUT });
    return 'OK';
  } catch (error) {
    if (error instanceof SluiceError) return error.status;
    throw error;
  }
}

function clientOf(address: string) {
  return createClient({ address, apiKey: 'key-of-checkout', maxAttempts: 1 });
}

/** What the records hold that rests on estimates. */
async function estimatedCost(client: ReturnType<typeof clientOf>): Promise<number> {
  let sum = 0;
  let pageToken = '';
  do {
    const page = await client.usage.listUsageRecords({ pageSize: 1_000, pageToken });
    for (const { cost } of page.records) if (cost?.estimated) sum += cost.nanoUsd;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return sum;
}

function costOf({ inputTokens, outputTokens }: Bill): number {
  return inputTokens * INPUT + outputTokens * OUTPUT;
}

function configuration(baseUrl: string, url: string): Record<string, unknown> {
  return {
    server: freePorts,
    // The two cores that are shared with two hundred callers may be late.
    redis: { url, commandTimeout: '400ms' },
    providers: { openai: { kind: 'openai-compatible', baseUrl } },
    models: { fast: { targets: [{ provider: 'openai', model: 'gpt' }] } },
    prices: { gpt: { inputPrice: INPUT / 1_000, outputPrice: OUTPUT / 1_000, maxOutputTokens: 1_000 } },
    execution: { maxAttempts: 1, totalTimeout: `${TOTAL_TIMEOUT_MS}ms` },
    cache: { enabled: false },
    keys: [
      {
        name: 'checkout',
        sha256: hash('sha256', 'key-of-checkout'),
        budgets: [{ amount: LIMIT / 1e9, per: 'month' }],
      },
    ],
  };
}

async function disposeAll(processes: readonly GatewayProcess[]): Promise<void> {
  await Promise.all(processes.map((gateway) => gateway[Symbol.asyncDispose]()));
}
