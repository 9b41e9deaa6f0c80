import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type SluiceClient, SluiceError } from '@sluice/client';
import { UsageRecord } from '@sluice/client/proto';
import { expect, it } from 'vitest';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { startRedis } from '../support/redis-server.ts';
import type { Booked } from './support/exactly-once/count.ts';
import { createPlanner } from './support/exactly-once/endings.ts';
import { type Ended, judge, wrongByCaller } from './support/exactly-once/judge.ts';
import { makeCall } from './support/exactly-once/make-call.ts';
import type { Plan } from './support/exactly-once/plan.ts';
import { startScriptedProvider } from './support/exactly-once/scripted-provider.ts';
import { seriesOf, sharesOf, spentByBudget, sumBy } from './support/exactly-once/sums.ts';
import {
  BUDGETS,
  configuration,
  END_USERS,
  MORTAL_LIMIT_MS,
  secretOf,
  TEAMS,
  THRIFTY_LIMIT,
} from './support/exactly-once/world.ts';
import { scrape } from './support/scrape.ts';

// Whatever becomes of a call, it is booked once and as what it was: by the count of a test that knows what each provider did,
// which calls no code of the gateway. Records, summaries, budgets, metrics and the audit log must all agree with it.

const SEED = testSeed();
const CALLS = Number(process.env['CALLS'] ?? 10_000);
const PROCESSES = 3;
/** Processes that are killed, and the calls that die with each. */
const MORTALS = 2;
const KILLED_EACH = 40;
/** Calls of which some die with each, at whatever moment, and those that are under way at once. */
const CUT_OFF_EACH = share(0.015);
const CUT_OFF_AT_ONCE = 12;
const STORED = 20;
const HITS = share(0.1);
const SINGLES = share(0.005);
/** Calls under way at once; those that wait for a timer have places of their own. */
const AT_ONCE = 64;
const WAITING = 96;
/** From a kill until its calls are given up: see GRACE_MS of the accounts, and the reaper's interval. */
const LOST_MS = MORTAL_LIMIT_MS + 30_000 + 30_000;

/** A process of the gateway, and clients of it by key. */
interface Serving {
  gateway: GatewayProcess;
  clientOf(key: string): SluiceClient;
  isMortal: boolean;
}

/** A call that was made, by which process, and what came of it. */
interface Made extends Ended {
  at: Serving;
}

it(`${CALLS} calls with every ending are each booked once, to the token and the nano-dollar (seed ${SEED})`, {
  timeout: 600_000,
}, async () => {
  const random = seededRandom(SEED);
  const planner = createPlanner(random);
  await midnightIsFar();
  const folder = await mkdtemp(join(tmpdir(), 'sluice-exactly-once-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(folder, { recursive: true }));
  const provider = undo.use(await startScriptedProvider(['alpha', 'beta']));
  const redis = undo.use(await startRedis());
  const begunAt = performance.now();

  const start = async (name: string, isMortal: boolean): Promise<Serving> => {
    const auditFile = join(folder, name, 'audit.jsonl');
    const file = configuration({ providers: provider.urls, redisUrl: redis.url, auditFile, isMortal });
    const gateway = undo.use(await startGatewayProcess(file));
    const address = await gateway.address();
    return { gateway, clientOf: clientsAt(address, undo), isMortal };
  };
  const survivors = await Promise.all(
    Array.from({ length: PROCESSES }, (_, n) => start(`survivor-${n}`, false)),
  );
  const mortals = await Promise.all(Array.from({ length: MORTALS }, (_, n) => start(`mortal-${n}`, true)));

  const made: Made[] = [];
  const make = async (plan: Plan, at: Serving, watched = provider.watch(plan)) => {
    const seen = await makeCall(at.clientOf(plan.key), plan, watched);
    made.push({ plan, at, watched, seen });
  };
  const [first] = survivors as [Serving];
  const anywhere = () => survivors[random.below(PROCESSES)] ?? first;
  const operator = first.clientOf('operator');

  const stored = Array.from({ length: STORED }, planner.stored);
  await Promise.all(stored.map((plan) => make(plan, anywhere())));
  const dying = await Promise.all(
    mortals.map(async (mortal) => {
      const ended = Array.from({ length: KILLED_EACH }, planner.killed).map((plan) => {
        const watched = provider.watch(plan);
        return { allAsked: watched.allAsked, ended: make(plan, mortal, watched) };
      });
      await Promise.all(ended.map(({ allAsked }) => allAsked));
      return { mortal, ended: Promise.all(ended.map(({ ended }) => ended)) };
    }),
  );
  const cutOff = mortals.map(async (mortal) => {
    const plans = Array.from({ length: CUT_OFF_EACH }, planner.cutOff);
    const half = Math.floor(plans.length / 2);
    let done = 0;
    await atOnce(CUT_OFF_AT_ONCE, plans, async (plan) => {
      await make(plan, done < half ? mortal : anywhere());
      done += 1;
      if (done === half) mortal.gateway.kill('SIGKILL');
    });
  });
  const singles = inLine(
    Array.from({ length: SINGLES }, () => [planner.single(), planner.single()] as const),
    oneAtATime,
  );
  const others = CALLS - STORED - MORTALS * (KILLED_EACH + CUT_OFF_EACH) - HITS - 2 * SINGLES;
  const plans = [
    ...Array.from({ length: HITS }, () => planner.repeated(stored)),
    ...Array.from({ length: others }, planner.any),
  ];
  shuffle(plans);
  const waits = (plan: Plan) => plan.deadlineMs !== undefined || plan.execution?.limit !== undefined;
  const makeAnywhere = (plan: Plan) => make(plan, anywhere());
  await Promise.all([
    ...cutOff,
    ...dying.map(({ ended }) => ended),
    singles,
    ...Array.from({ length: 20 }, () => strangerCalls(first.clientOf)),
    atOnce(WAITING, plans.filter(waits), makeAnywhere),
    atOnce(
      AT_ONCE,
      plans.filter((plan) => !waits(plan)),
      makeAnywhere,
    ),
  ]);
  const madeMs = performance.now() - begunAt;
  expect(made).toHaveLength(CALLS);
  expect(made.flatMap(wrongByCaller)).toEqual([]);

  // What was lost is known once its leases have run out.
  const gatewayBudget = async () => (await operator.usage.getBudget({})).budgets[0];
  await expect.poll(gatewayBudget, { timeout: LOST_MS, interval: 250 }).toMatchObject({ reservedNanoUsd: 0 });
  const records = await allRecords(operator);
  const recordOf = new Map(records.map((record) => [record.labels['call'] ?? '', record]));
  expect(recordOf.size).toBe(records.length);
  expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  const judged = made.map((one) => judge(one, recordOf.get(one.plan.id)));
  const wrong = judged.flatMap(({ wrong }) => wrong);
  expect(wrong.slice(0, 10), `${wrong.length} records are not what they must be`).toEqual([]);
  const booked = judged.flatMap(({ booked }) => booked ?? []);
  expect(booked).toHaveLength(records.length);

  const shares = booked.flatMap(sharesOf);
  const day = new Date().toISOString().slice(0, 10);
  const memberOf = { KEY: 'key', PROVIDER: 'provider', MODEL: 'model', END_USER: 'endUser' } as const;
  for (const dimensions of [
    [],
    ['KEY'],
    ['PROVIDER'],
    ['MODEL'],
    ['END_USER'],
    ['DAY'],
    ['DAY', 'KEY', 'PROVIDER'],
    ['END_USER', 'KEY', 'MODEL', 'PROVIDER', 'DAY'],
  ] as const) {
    const expected = sumBy(shares, (share) =>
      dimensions.map((dimension) => (dimension === 'DAY' ? day : share[memberOf[dimension]])),
    );
    const groupBy = dimensions.map((dimension) => `USAGE_DIMENSION_${dimension}` as const);
    // Whole days are summed up as they go; parts of days, from the records.
    for (const startTime of [undefined, new Date(Date.now() - 3_600_000)]) {
      const { summaries } = await operator.usage.summarizeUsage({ groupBy, ...(startTime && { startTime }) });
      const told = Object.fromEntries(summaries.map(({ group, ...sum }) => [JSON.stringify(group), sum]));
      expect(told, dimensions.join()).toEqual(expected);
    }
  }

  const spent = spentByBudget(booked);
  // What calls without an end user share is held like any other, but GetBudget has no name for it.
  for (const scope of Object.keys(spent)) if (/user: \w+$/.test(scope)) delete spent[scope];
  const told = await budgetsTold(operator);
  expect(told.filter(({ reservedNanoUsd }) => reservedNanoUsd !== 0)).toEqual([]);
  const spentTold = told.map(({ scope, period, spentNanoUsd }) => [
    `${scope} ${period.replace('BUDGET_PERIOD_', '').toLowerCase()}`,
    spentNanoUsd,
  ]);
  expect(withoutZeros(Object.fromEntries(spentTold))).toEqual(withoutZeros(spent));
  expect(spent['key:thrifty month']).toBeLessThanOrEqual(THRIFTY_LIMIT);

  const survivorsCalls = new Set(made.flatMap(({ plan, at }) => (at.isMortal ? [] : plan.id)));
  const survived = booked.filter(({ plan }) => survivorsCalls.has(plan.id));
  const metrics: Record<string, number> = {};
  for (const { gateway } of survivors) {
    for (const [name, value] of await scrape(gateway.metricsUrl(), METRICS))
      metrics[name] = (metrics[name] ?? 0) + value;
  }
  const statusOf = ({ plan }: Booked) => recordOf.get(plan.id)?.status ?? '';
  expect(withoutZeros(metrics)).toEqual(seriesOf(survived, statusOf));

  await Promise.all(survivors.map(({ gateway }) => end(gateway)));
  const audited = await auditedIn(folder);
  const byId = (a: UsageRecord, b: UsageRecord) => (a.id < b.id ? -1 : 1);
  expect(audited.toSorted(byId)).toEqual(
    records.filter(({ labels }) => survivorsCalls.has(labels['call'] ?? '')).toSorted(byId),
  );

  const unasked = new Set(made.flatMap(({ plan, watched }) => (watched.asked.length === 0 ? plan.id : [])));
  tell(booked, unasked, { madeMs, allMs: performance.now() - begunAt });

  /** Of a key that may have one call at a time, a second one is denied while the first one is at its provider. */
  async function oneAtATime([one, another]: readonly [Plan, Plan]): Promise<void> {
    const held = provider.watch(one);
    const ended = make(one, anywhere(), held);
    // It may itself be denied, while the end of the one before it is not booked yet.
    await Promise.race([held.allAsked, ended]);
    const watched = provider.watch(another);
    watched.release();
    await make(another, anywhere(), watched);
    held.release();
    await ended;
  }

  function shuffle(plans: Plan[]): void {
    for (let n = plans.length - 1; n > 0; n -= 1) {
      const other = random.below(n + 1);
      [plans[n], plans[other]] = [plans[other] as Plan, plans[n] as Plan];
    }
  }
});

const METRICS = ['calls', 'input_tokens', 'output_tokens', 'cost_nano_usd', 'saved_nano_usd'].map(
  (name) => `sluice_usage_${name}_total`,
);

async function allRecords({ usage }: SluiceClient): Promise<UsageRecord[]> {
  const records: UsageRecord[] = [];
  let pageToken = '';
  do {
    const page = await usage.listUsageRecords({ pageSize: 700, pageToken });
    records.push(...page.records);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return records;
}

/** Each budget that there is, once; of those without an end user or a label, nobody is told by name. */
async function budgetsTold({ usage }: SluiceClient) {
  const keys = Object.keys(BUDGETS).filter((name) => name !== 'gateway');
  const answers = await Promise.all(
    keys.flatMap((key) =>
      END_USERS.flatMap((endUser) =>
        TEAMS.map((team) => usage.getBudget({ key, endUser, labels: { team } })),
      ),
    ),
  );
  const budgets = answers.flatMap(({ budgets }) => budgets);
  return [...new Map(budgets.map((budget) => [`${budget.scope} ${budget.period}`, budget])).values()];
}

/** What survivors wrote, in all files that their logs were exchanged for. */
async function auditedIn(folder: string): Promise<UsageRecord[]> {
  const files = await readdir(folder, { recursive: true });
  const logs = files.filter((file) => /^survivor-\d+\/audit/.test(file));
  const texts = await Promise.all(logs.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.flatMap((text) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => UsageRecord.fromPartial(UsageRecord.fromJSON(JSON.parse(line)))),
  );
}

function clientsAt(address: string, undo: AsyncDisposableStack): (key: string) => SluiceClient {
  const clients = new Map<string, SluiceClient>();
  return (key) => {
    const client =
      clients.get(key) ?? undo.use(createClient({ address, apiKey: secretOf(key), maxAttempts: 1 }));
    clients.set(key, client);
    return client;
  };
}

/** Who is not known leaves no record. */
async function strangerCalls(clientOf: (key: string) => SluiceClient): Promise<void> {
  const call = clientOf('stranger').complete({ model: 'solo', prompt: 'call-me' });
  const error = await call.catch((thrown: unknown) => thrown);
  if (!(error instanceof SluiceError) || error.status !== 'UNAUTHENTICATED') throw error;
}

async function atOnce<Item>(
  count: number,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: count }, worker));
}

async function inLine<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (const item of items) await work(item);
}

async function end(gateway: GatewayProcess): Promise<void> {
  gateway.kill('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
}

function withoutZeros(numbers: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0));
}

/** A call belongs to the day in which it began, and its budget to that of its admission: tonight these are one. */
async function midnightIsFar(): Promise<void> {
  const dayMs = 86_400_000;
  const leftMs = dayMs - (Date.now() % dayMs);
  if (leftMs < 240_000) await new Promise((resolve) => setTimeout(resolve, leftMs + 1_000));
}

/** A share of all calls. */
function share(of: number): number {
  return Math.floor(CALLS * of);
}

function tell(
  booked: readonly Booked[],
  unasked: ReadonlySet<string>,
  { madeMs, allMs }: { madeMs: number; allMs: number },
): void {
  const endings = Map.groupBy(booked, ({ plan }) => plan.ending);
  const sum = (all: readonly Booked[], of: (one: Booked) => number) =>
    all.reduce((total, one) => total + of(one), 0);
  const lines = [...endings].map(([ending, all]) => {
    const failed = all.filter(({ outcomes }) => outcomes[0]?.[0] !== 'OK').length;
    return `${String(all.length).padStart(6)}  ${ending}, ${failed} failed, ${sum(all, ({ nanoUsd }) => nanoUsd)} nano-dollars`;
  });
  // Whether a request that was about to go out has arrived is not known to who leaves it.
  const billedUnasked = booked.filter(({ plan, billed }) => unasked.has(plan.id) && billed.length > 0);
  const [input, output] = (['input', 'output'] as const).map((kind) =>
    sum(booked, ({ usage }) => usage?.[kind] ?? 0),
  );
  process.stdout.write(
    `${lines.sort().reverse().join('\n')}\n${booked.length} calls in ${(madeMs / 1_000).toFixed(1)} s, ` +
      `${(allMs / 1_000).toFixed(1)} s with the wait for leases: ${input} input tokens, ${output} output tokens, ` +
      `${sum(booked, ({ nanoUsd }) => nanoUsd)} nano-dollars, ${sum(booked, ({ savedNanoUsd }) => savedNanoUsd)} saved; ` +
      `${billedUnasked.length} billed although their request never arrived\n`,
  );
}
