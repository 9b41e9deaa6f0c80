import { isDeepStrictEqual } from 'node:util';
import type { CompleteInput } from '@sluice/client';
import type { Attempt } from '@sluice/client/proto';
import { expect } from 'vitest';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Asking, ask, attemptsOf, type Mode, type Seen, verdictOf } from './ask.ts';
import { type FakeProvider, type Script, startFakeProvider } from './fake-provider.ts';
import type { Wishes } from './reply.ts';
import { growth, type Series, scrape } from './scrape.ts';

/** A gateway in front of providers that misbehave, and what each of them has to say about a call. */
export interface Stage<Name extends string> extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly providers: Readonly<Record<Name, FakeProvider>>;
  /** Asks for the model that all providers stand behind. Each call has a prompt of its own. */
  call(mode: Mode, more?: Partial<Asking>): Promise<Seen>;
  /** What happened since the last look, in words and numbers that a test can write down whole. */
  look(seen: Seen, wishes?: Partial<Wishes>): Promise<Look>;
  /** State of each provider's circuit, with failures and attempts in its window: `CLOSED 1/1`. */
  circuits(): Promise<Record<Name, string>>;
  /** By the record of the last call: the attempts that are billed although nobody had an answer from them. */
  billedInVain(): Promise<string[]>;
}

export interface Look {
  /** `the right answer`, or the status and reason of the error. */
  sees: string;
  /** Who answered, by the answer; empty where nobody did. */
  answeredBy: string;
  /** By the answer or the error, in order: `a FAILED PROVIDER_UNAVAILABLE 503`. */
  attempts: string[];
  /** Requests that the providers themselves have counted. */
  asked: Record<string, number>;
  /** By provider: the state, with failures and attempts in the window. */
  circuits: Record<string, string>;
  /** By the answer or the error: the attempts that are billed, see {@link billedOf}. */
  billed: string[];
  /** By how much the counters grew. */
  counted: Record<string, number>;
}

export interface StageOptions<Name extends string> {
  /** By name, in the order in which they are asked: how it behaves, and what it speaks. */
  providers: Record<Name, Script | ProviderOnStage>;
  /** More of the configuration file. */
  config?: Record<string, unknown>;
  /** What calls are made with, where they need a key. An administrator's. */
  apiKey?: string;
}

export interface ProviderOnStage {
  script?: Script;
  speaks?: 'openai' | 'anthropic';
  intervalMs?: number;
  /** More of its entry in the configuration. */
  config?: Record<string, unknown>;
}

/** Limits that make minutes of the real configuration fractions of a second here. */
export const QUICK = { firstContentTimeout: '300ms', responseTimeout: '300ms', idleTimeout: '300ms' };

/** Nano-dollars for a token, of whatever model. */
export const INPUT = 1_000;
export const OUTPUT = 10_000;
export const PRICE = { inputPrice: INPUT / 1_000, outputPrice: OUTPUT / 1_000 };

const METRICS = [
  'sluice_completions_total',
  'sluice_attempts_total',
  'sluice_circuit_changes_total',
  'sluice_cache_stale_answers_total',
];

export async function openStage<Name extends string>({
  providers: wanted,
  config = {},
  apiKey,
}: StageOptions<Name>): Promise<Stage<Name>> {
  await using undo = new AsyncDisposableStack();
  const providers = {} as Record<Name, FakeProvider>;
  const names = Object.keys(wanted) as Name[];
  const entries: Record<string, object> = {};
  for (const name of names) {
    const said: Script | ProviderOnStage = wanted[name];
    const { config: more, ...options }: ProviderOnStage =
      typeof said === 'function' ? { script: said } : said;
    providers[name] = undo.use(await startFakeProvider(options));
    entries[name] = { ...providers[name].config, ...more };
  }
  const targets = names.map((name) => ({ provider: name, model: providers[name].model }));
  const { execution, ...rest } = config;
  const gateway = undo.use(
    await startGateway(
      {
        providers: entries,
        models: { m: { targets } },
        prices: Object.fromEntries(targets.map(({ model }) => [model, PRICE])),
        execution: { ...QUICK, ...(execution as object) },
        // What one call may do is told here, not what a process may.
        retryBudget: { minPerSecond: 1_000 },
        ...rest,
      },
      { apiKey },
    ),
  );
  const close = undo.move();
  let before = await scrape(gateway.metricsUrl, METRICS);
  let nth = 0;

  return {
    gateway,
    providers,
    call(mode, more) {
      nth += 1;
      return ask(gateway.client, { model: 'm', prompt: `Tell me about number ${nth}.`, mode, ...more });
    },
    async look(seen, wishes) {
      const billed = billedOf(attemptsOf(seen), providers);
      expectSummedUp(seen);
      const asked: Record<string, number> = {};
      for (const name of names) {
        const { served } = providers[name];
        if (served.length > 0) asked[name] = served.length;
        served.length = 0;
      }
      return {
        sees: verdictOf(seen, wishes),
        answeredBy: seen.answer?.execution?.provider ?? '',
        attempts: attemptsOf(seen).map(describe),
        asked,
        circuits: await circuits(),
        billed,
        counted: await counted(),
      };
    },
    circuits,
    async billedInVain() {
      const { records } = await gateway.client.usage.listUsageRecords({ pageSize: 1 });
      return billedOf(records[0]?.billedAttempts ?? [], providers);
    },
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  };

  async function circuits(): Promise<Record<Name, string>> {
    const { providers: statuses } = await gateway.client.admin.listProviders();
    const told = {} as Record<Name, string>;
    for (const { name, circuit, failureCount, attemptCount } of statuses) {
      if (name in providers)
        told[name as Name] = `${circuit.replace('CIRCUIT_STATE_', '')} ${failureCount}/${attemptCount}`;
    }
    return told;
  }

  async function counted(): Promise<Record<string, number>> {
    const after: Series = await scrape(gateway.metricsUrl, METRICS);
    const grown = growth(before, after);
    before = after;
    return grown;
  }
}

/** Attempts as the metrics count them, from how a look tells them. */
export function countedFor(ending: string, attempts: readonly string[]): Record<string, number> {
  const counted: Record<string, number> = { [`sluice_completions_total{ending="${ending}",model="m"}`]: 1 };
  for (const attempt of attempts) {
    const [provider, outcome, reason] = attempt.split(' ');
    const why = outcome === 'SUCCEEDED' ? '' : `,reason="${reason ?? ''}"`;
    const series = `sluice_attempts_total{outcome="${outcome}",provider="${provider}"${why}}`;
    counted[series] = (counted[series] ?? 0) + 1;
  }
  return counted;
}

/** A call's policy for a stream that breaks. */
export function midStream(policy: 'FAIL' | 'RESTART' | 'CONTINUE'): Partial<CompleteInput> {
  return { execution: { midStream: `MID_STREAM_POLICY_${policy}` } };
}

function describe({ provider, outcome, reason, httpStatus }: Attempt): string {
  // A 200 says nothing.
  const status = httpStatus >= 400 ? httpStatus : '';
  return [provider, outcome.replace('ATTEMPT_OUTCOME_', ''), reason, status].filter(Boolean).join(' ');
}

/**
 * Who bills, an entry for each attempt that is billed: `a`, where it is what that provider counted of its last request,
 * `a, estimated`, or what is wrong with it.
 */
function billedOf(attempts: readonly Attempt[], providers: Record<string, FakeProvider>): string[] {
  return attempts.flatMap(({ provider, usage, cost }) => {
    if (!usage) return cost ? [`${provider} costs ${JSON.stringify(cost)} for no usage`] : [];
    const { inputTokens, outputTokens, estimated } = usage;
    const nanoUsd = inputTokens * INPUT + outputTokens * OUTPUT;
    if (!isDeepStrictEqual(cost, { nanoUsd, unpriced: false, estimated }))
      return [`${provider} costs ${JSON.stringify(cost)} for ${JSON.stringify(usage)}`];
    if (estimated && inputTokens > 0) return [`${provider}, estimated`];
    const last = providers[provider]?.served.at(-1);
    const isCounted = last?.inputTokens === inputTokens && last.outputTokens === outputTokens;
    return [isCounted ? provider : `${provider} is said to have used ${JSON.stringify(usage)}`];
  });
}

/** The usage of an answer is that of the attempt that answered, its cost that of all that are billed. */
function expectSummedUp({ answer }: Seen): void {
  const attempts = answer?.execution?.attempts ?? [];
  const answered = attempts.at(-1);
  if (answered?.outcome !== 'ATTEMPT_OUTCOME_SUCCEEDED') return;
  expect(answer?.usage).toEqual(answered.usage);
  expect(answer?.cost?.nanoUsd).toBe(attempts.reduce((sum, { cost }) => sum + (cost?.nanoUsd ?? 0), 0));
}
