import { hash } from 'node:crypto';
import { freePorts } from '../../../support/gateway-process.ts';
import { WHOLE_ANSWER_TOKENS } from './plan.ts';

// What the calls live in: providers with their prices, models, keys with their limits and budgets. Once as the gateway is
// told it, and once as the count knows it.

/** Prices of a token, in thousandths of a billionth of a US dollar: no two alike, and most calls have to be rounded. */
export interface TokenPrices {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

export const PRICES: Readonly<Record<string, TokenPrices>> = {
  'alpha/gpt': { input: 1_037_500, output: 8_150_500, cacheRead: 103_100, cacheWrite: 1_297_300 },
  'beta/gpt': { input: 730_300, output: 9_990_700, cacheRead: 365_500, cacheWrite: 730_300 },
  'alpha/vectors': { input: 20_500, output: 0, cacheRead: 20_500, cacheWrite: 20_500 },
};

export const MOST_OUTPUT = 1_000;

/** The targets of each model, in the order in which they are asked. */
export const TARGETS: Readonly<Record<string, readonly string[]>> = {
  solo: ['alpha/gpt'],
  duo: ['alpha/gpt', 'beta/gpt'],
  vectors: ['alpha/vectors'],
  secret: ['beta/gpt'],
};

/** Keys that hold nobody up. */
export const KEYS = ['checkout', 'search', 'support'] as const;
export const END_USERS = ['', 'ann', 'bob', 'çem', 'dée', 'eve'] as const;
export const TEAMS = ['', 'red', 'blue'] as const;

/** In billionths of a US dollar: some thirty calls. */
export const THRIFTY_LIMIT = 30 * 1_000_000;

interface Budget {
  for: 'all' | 'endUser' | 'label';
  per: 'day' | 'month';
  nanoUsd?: number;
  onLostCall?: 'release';
}

const PLENTY = 1_000_000_000_000;

const usual: readonly Budget[] = [
  { for: 'all', per: 'day' },
  { for: 'all', per: 'month' },
  { for: 'endUser', per: 'day' },
];

/** Budgets of each key, and of all. */
export const BUDGETS: Readonly<Record<string, readonly Budget[]>> = {
  gateway: [
    { for: 'all', per: 'month' },
    { for: 'endUser', per: 'month' },
    { for: 'label', per: 'day' },
  ],
  checkout: usual,
  search: usual,
  support: usual,
  mortal: usual,
  // Where its process dies, its own budgets forget the call, and those of the gateway do not.
  forgiven: usual.map((budget) => ({ ...budget, onLostCall: 'release' })),
  single: usual,
  thrifty: [{ for: 'all', per: 'month', nanoUsd: THRIFTY_LIMIT }],
  poor: [{ for: 'all', per: 'month', nanoUsd: 1_000 }],
};

const LIMITS: Readonly<Record<string, object>> = {
  checkout: { requestsPerMinute: 1_000_000, tokensPerMinute: 1_000_000_000, concurrency: 1_000 },
  rated: { requestsPerMinute: 40 },
  // No call takes so little.
  brief: { tokensPerMinute: 1 },
  single: { concurrency: 1 },
};

export function secretOf(key: string): string {
  return `key-of-${key}`;
}

/** How long a call of a process that is killed can run; its lease is longer by the grace of the accounts. */
export const MORTAL_LIMIT_MS = 12_000;

/** The configuration of one process, with an audit log of its own. */
export function configuration({
  providers,
  redisUrl,
  auditFile,
  isMortal,
}: {
  /** Base addresses by name. */
  providers: Readonly<Record<string, string>>;
  redisUrl: string;
  auditFile: string;
  isMortal: boolean;
}): Record<string, unknown> {
  const names = ['checkout', 'search', 'support', 'mortal', 'forgiven', 'rated', 'brief', 'single'];
  return {
    server: freePorts,
    // Two cores are shared by all: a slow answer of Redis is no subject of this test.
    redis: { url: redisUrl, commandTimeout: '5s' },
    providers: Object.fromEntries(
      Object.entries(providers).map(([name, baseUrl]) => [
        name,
        // Of ten thousand calls many are made to fail.
        { kind: 'openai-compatible', baseUrl, breaker: { volumeThreshold: 1_000_000 } },
      ]),
    ),
    models: Object.fromEntries(
      Object.entries(TARGETS).map(([name, targets]) => [name, { targets: targets.map(toTarget) }]),
    ),
    prices: Object.fromEntries(Object.entries(PRICES).map(([name, price]) => [name, toPrice(price)])),
    execution: {
      wholeAnswerTokens: WHOLE_ANSWER_TOKENS,
      totalTimeout: isMortal ? `${MORTAL_LIMIT_MS}ms` : '60s',
    },
    retryBudget: { minPerSecond: 1_000 },
    cache: { enabled: false },
    usage: { audit: { file: auditFile, maxSize: '256KiB', maxFiles: 1_000 } },
    budgets: BUDGETS['gateway']?.map(toBudget),
    keys: [
      ...[...names, 'thrifty', 'poor'].map((name) => ({
        name,
        sha256: hash('sha256', secretOf(name)),
        ...(LIMITS[name] && { limits: LIMITS[name] }),
        ...(BUDGETS[name] && { budgets: BUDGETS[name].map(toBudget) }),
        ...(name === 'checkout' && { models: ['solo', 'duo', 'vectors'] }),
      })),
      { name: 'operator', sha256: hash('sha256', secretOf('operator')), admin: true },
    ],
  };
}

function toTarget(target: string): object {
  const [provider, model] = target.split('/');
  return { provider, model };
}

function toPrice({ input, output, cacheRead, cacheWrite }: TokenPrices): object {
  return {
    inputPrice: dollarsForMillion(input),
    ...(output > 0 && { outputPrice: dollarsForMillion(output), maxOutputTokens: MOST_OUTPUT }),
    cacheReadPrice: dollarsForMillion(cacheRead),
    cacheWritePrice: dollarsForMillion(cacheWrite),
  };
}

/** A million tokens at so many thousandths of a billionth are as many millionths of a dollar. */
function dollarsForMillion(price: number): string {
  return `${Math.floor(price / 1e6)}.${String(price % 1e6).padStart(6, '0')}`;
}

function toBudget({ nanoUsd = PLENTY, ...budget }: Budget): object {
  const amount = `${Math.floor(nanoUsd / 1e9)}.${String(nanoUsd % 1e9).padStart(9, '0')}`;
  return { ...budget, amount, ...(budget.for === 'label' && { label: 'team' }) };
}
