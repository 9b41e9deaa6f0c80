import { CANCELLED, isStreamed, type Outcome, type Plan, type Script, saidBy } from './plan.ts';
import { MOST_OUTPUT, PRICES, TARGETS, type TokenPrices } from './world.ts';

// The independent count: what a call must be booked as, by what its providers did. It follows the documentation of the
// gateway and calls none of its code.

/** Tokens, by kind. */
interface Tokens {
  input: number;
  cacheRead: number;
  cacheWrite: number;
  output: number;
  reasoning: number;
}

/** What a provider bills for one request. */
interface Billed extends Tokens {
  provider: string;
  nanoUsd: number;
  isEstimated: boolean;
  /** Whether it answered. */
  isAnswer: boolean;
}

/** What a call must be booked as. */
export interface Booked {
  plan: Plan;
  /** Whether it is the estimate for a call that was lost. */
  isLost: boolean;
  outcomes: readonly Outcome[];
  /** Who answered, or began to. */
  provider: string;
  providerModel: string;
  /** Undefined where nobody bills any. */
  usage: (Tokens & { isEstimated: boolean }) | undefined;
  nanoUsd: number;
  isEstimated: boolean;
  savedNanoUsd: number;
  cacheStatus: 'UNSPECIFIED' | 'BYPASS' | 'HIT' | 'MISS';
  attempts: number;
  billed: readonly Billed[];
}

/**
 * All that a call may be booked as: one for most, and more where two were in a race. `asked` are the providers that had a
 * request of it, in order. `undefined`: it may have no record, since it never reached its process, or that died before it
 * was let in.
 */
export function allBookedAs(plan: Plan, asked: readonly string[]): [Booked, ...(Booked | undefined)[]] {
  const planned = bookedAs(plan, asked);
  if (typeof plan.leaves === 'object') {
    const left = leftAnywhere(plan).map((left) => bookedAs(left, asked));
    if (asked.length > 0) return [planned, ...left];
    // A request that was on its way when its caller left is billed like one that arrived.
    return [{ ...nothing(plan), outcomes: [CANCELLED] }, left[0], undefined];
  }
  if (!plan.mayBeKilled) return [planned];
  return [planned, lost(plan), ...(asked.length === 0 ? [undefined] : [])];
}

/** Who leaves in the middle of an answer has heard as many of its words as came by then; of a whole answer, none. */
function leftAnywhere(plan: Plan): Plan[] {
  const [script] = plan.scripts;
  const words = script && 'words' in script ? script.words : [];
  const most = isStreamed(plan) ? words.length : 0;
  return Array.from({ length: most + 1 }, (_, heard) => ({
    ...plan,
    scripts: [{ is: 'hold', words: words.slice(0, heard) }],
    outcomes: [CANCELLED],
  }));
}

/** How a call must be booked where nothing raced. */
export function bookedAs(plan: Plan, asked: readonly string[]): Booked {
  if (plan.isHit) return hit(plan);
  if (plan.denied && asked.length === 0) return { ...nothing(plan), outcomes: [plan.denied] };
  if (plan.isKilled) return lost(plan);
  const billed = plan.scripts.flatMap((script, nth) => billOf(plan, script, targetOf(plan, nth)));
  const speaker = plan.scripts.findLastIndex((script) => script.is === 'answer' || saidBy(script) !== '');
  const [provider = '', providerModel = ''] = speaker < 0 ? [] : targetOf(plan, speaker).split('/');
  return {
    ...nothing(plan),
    provider,
    providerModel,
    usage: billed.length > 0 ? sumOf(billed) : undefined,
    nanoUsd: billed.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0),
    isEstimated: billed.some(({ isEstimated }) => isEstimated),
    attempts: plan.scripts.length,
    billed,
  };
}

/** The provider's model that the nth request of a call goes to. */
export function targetOf({ model }: Plan, nth: number): string {
  const targets = TARGETS[model] ?? [];
  return targets[nth % targets.length] ?? '';
}

function nothing(plan: Plan): Booked {
  return {
    plan,
    isLost: false,
    outcomes: plan.outcomes,
    provider: '',
    providerModel: '',
    usage: undefined,
    nanoUsd: 0,
    isEstimated: false,
    savedNanoUsd: 0,
    cacheStatus: cacheStatusOf(plan),
    attempts: 0,
    billed: [],
  };
}

function cacheStatusOf({ method, cache }: Plan): Booked['cacheStatus'] {
  if (method === 'Embed') return 'UNSPECIFIED';
  return cache ? 'MISS' : 'BYPASS';
}

/** A stored answer costs nothing, and saves what it has cost. */
function hit(plan: Plan): Booked {
  const [provider = '', providerModel = ''] = targetOf(plan, 0).split('/');
  const [stored] = plan.scripts.flatMap((script) => billOf(plan, script, targetOf(plan, 0)));
  return {
    ...nothing(plan),
    provider,
    providerModel,
    savedNanoUsd: stored?.nanoUsd ?? 0,
    cacheStatus: 'HIT',
  };
}

/** Nobody knows how it ended: it is charged what it had reserved, which is what it had used and the most of one more try. */
function lost(plan: Plan): Booked {
  const [provider = '', providerModel = ''] = targetOf(plan, 0).split('/');
  const before = plan.scripts
    .slice(0, -1)
    .flatMap((script, nth) => billOf(plan, script, targetOf(plan, nth)));
  const most = Math.max(...(TARGETS[plan.model] ?? []).map((target) => mostOf(plan, target)));
  return {
    ...nothing(plan),
    isLost: true,
    outcomes: [['UNKNOWN', '']],
    provider,
    providerModel,
    cacheStatus: 'UNSPECIFIED',
    nanoUsd: most + before.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0),
    isEstimated: true,
  };
}

/** A byte is never more than a token; each text is framed by 16, and a completion by 16 more. */
function mostOf({ method, text, maxOutputTokens = MOST_OUTPUT }: Plan, target: string): number {
  const { input, cacheRead, cacheWrite, output } = pricesOf(target);
  const isEmbedding = method === 'Embed';
  const inputTokens = bytesOf(text) + (isEmbedding ? 16 : 32);
  const outputTokens = isEmbedding ? 0 : Math.min(maxOutputTokens, MOST_OUTPUT);
  return Math.ceil((inputTokens * Math.max(input, cacheRead, cacheWrite) + outputTokens * output) / 1_000);
}

/**
 * What a request is billed. What answers is billed as reported; what had begun to speak, and what the gateway left, by an
 * estimate; what failed before it said anything is not.
 */
function billOf(plan: Plan, script: Script, target: string): Billed[] {
  switch (script.is) {
    case 'failure':
    case 'nonsense':
      return [];
    case 'answer':
      return [
        bill(script.reported ? asEndpoint(plan, script.reported) : estimate(plan, script), target, script),
      ];
    case 'break':
    case 'hold':
      return [bill(estimate(plan, script), target, script)];
  }
}

/** Vectors have no output, and their providers tell of no cache. */
function asEndpoint({ method }: Plan, reported: Tokens): Tokens {
  return method === 'Embed'
    ? { input: reported.input, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 }
    : reported;
}

/**
 * A token for every four bytes, begun: of the texts, with three for each message and three for the answer, and of what was
 * said. A whole answer that is not waited for is written to its limit.
 */
function estimate(plan: Plan, script: Script): Tokens {
  const isEmbedding = plan.method === 'Embed';
  const none = { cacheRead: 0, cacheWrite: 0, reasoning: 0 };
  const input = Math.ceil(bytesOf(plan.text) / 4) + (isEmbedding ? 0 : 6);
  if (isEmbedding) return { ...none, input, output: 0 };
  const isUnheard = script.is === 'hold' && !isStreamed(plan);
  return {
    ...none,
    input,
    output: isUnheard ? (plan.maxOutputTokens ?? 500) : Math.ceil(bytesOf(saidBy(script)) / 4),
  };
}

function bill(tokens: Tokens, target: string, script: Script): Billed {
  const { input, cacheRead, cacheWrite, output } = pricesOf(target);
  const thousandths =
    (tokens.input - tokens.cacheRead - tokens.cacheWrite) * input +
    tokens.cacheRead * cacheRead +
    tokens.cacheWrite * cacheWrite +
    tokens.output * output;
  return {
    ...tokens,
    provider: target.split('/')[0] ?? '',
    // Halves go up.
    nanoUsd: Math.round(thousandths / 1_000),
    isEstimated: script.is !== 'answer' || !script.reported,
    isAnswer: script.is === 'answer',
  };
}

function sumOf(billed: readonly Billed[]): Tokens & { isEstimated: boolean } {
  const sum = (kind: keyof Tokens) => billed.reduce((total, tokens) => total + tokens[kind], 0);
  return {
    input: sum('input'),
    cacheRead: sum('cacheRead'),
    cacheWrite: sum('cacheWrite'),
    output: sum('output'),
    reasoning: sum('reasoning'),
    isEstimated: billed.some(({ isEstimated }) => isEstimated),
  };
}

function pricesOf(target: string): TokenPrices {
  const prices = PRICES[target];
  if (!prices) throw new Error(`${target} has no price`);
  return prices;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
