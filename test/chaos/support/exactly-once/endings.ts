import type { Random } from '../../../support/random.ts';
import { CANCELLED, OK, type Outcome, type Plan, type Reported, type Script } from './plan.ts';
import { END_USERS, KEYS, TEAMS } from './world.ts';

/** Makes plans of calls, with whatever ending. */
export interface Planner {
  /** A call whose ending is drawn by lot. */
  any(): Plan;
  /** Calls that store answers, and those that are answered with them. */
  stored(): Plan;
  repeated(of: readonly Plan[]): Plan;
  /** A call of a key that may have one at a time. */
  single(): Plan;
  /** A call whose process is killed while it waits for its provider. */
  killed(): Plan;
  /** One whose process may be killed at whatever moment. */
  cutOff(): Plan;
}

/** What an ending says of a call beside who makes it. */
type Ending = Partial<Plan> & Pick<Plan, 'scripts' | 'outcomes'>;

const UNAVAILABLE: Outcome = ['UNAVAILABLE', 'PROVIDER_UNAVAILABLE'];
const INTERRUPTED: Outcome = ['UNAVAILABLE', 'STREAM_INTERRUPTED'];
const TIMEOUT: Outcome = ['UNAVAILABLE', 'PROVIDER_TIMEOUT'];
const RATE_LIMITED: Outcome = ['RESOURCE_EXHAUSTED', 'CALLER_RATE_LIMITED'];
const OVER_BUDGET: Outcome = ['RESOURCE_EXHAUSTED', 'BUDGET_EXHAUSTED'];
/**
 * A client resets its call at its deadline, and the gateway counts that from when the request has arrived. On a busy machine
 * it cannot know whether the caller was late or left; what it bills is the same.
 */
const TOO_LATE: readonly Outcome[] = [['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'], CANCELLED];
/** Long enough that what is said before it is heard on a busy machine. */
const DEADLINE_MS = 6_000;
const LIMIT_MS = 4_000;

const streamed = { method: 'StreamComplete' } as const;
/** Its provider is asked for a whole answer. */
const short = { maxOutputTokens: 40 };
/** Its provider is asked for a stream. */
const long = { maxOutputTokens: 300 };
const twice = { execution: { maxAttempts: 2, restarts: true } };
const embed = { method: 'Embed', model: 'vectors' } as const;
const duo = { model: 'duo', ...twice };

export function createPlanner(random: Random): Planner {
  let count = 0;
  const one = <T>(choices: readonly T[]): T => choices[random.below(choices.length)] as T;

  /** How often each comes up, and what it is. */
  const endings: Record<string, [weight: number, make: () => Ending]> = {
    'finished, whole': [18, () => ({ ...short, scripts: [answer()], outcomes: [OK] })],
    'finished, streamed': [18, () => ({ ...streamed, scripts: [answer()], outcomes: [OK] })],
    'finished, folded': [8, () => ({ ...long, scripts: [answer()], outcomes: [OK] })],
    'finished, usage unreported': [
      6,
      () => ({ ...one([short, long, streamed]), scripts: [answer({ reported: false })], outcomes: [OK] }),
    ],
    embedded: [6, () => ({ ...embed, scripts: [answer()], outcomes: [OK] })],
    'embedded, usage unreported': [
      2,
      () => ({ ...embed, scripts: [answer({ reported: false })], outcomes: [OK] }),
    ],
    'embedding failed': [2, () => ({ ...embed, scripts: [failure(500)], outcomes: [UNAVAILABLE] })],
    'embedding cancelled': [
      2,
      () => ({ ...embed, scripts: [hold(0)], leaves: 'once asked', outcomes: [CANCELLED] }),
    ],
    failed: [4, () => ({ ...anyway(), scripts: [failure(500)], outcomes: [UNAVAILABLE] })],
    'refused by the provider': [
      3,
      () => ({
        ...anyway(),
        ...twice,
        model: 'duo',
        scripts: [failure(400)],
        outcomes: [['INVALID_ARGUMENT', 'PROVIDER_REJECTED_REQUEST']],
      }),
    ],
    'answered with nonsense': [
      2,
      () => ({
        ...short,
        scripts: [{ is: 'nonsense' }],
        outcomes: [['INTERNAL', 'PROVIDER_RESPONSE_INVALID']],
      }),
    ],
    'failed over before content': [
      3,
      () => ({ ...anyway(), ...duo, scripts: [failure(500), answer()], outcomes: [OK] }),
    ],
    'failed over after content': [
      5,
      () => ({ ...one([long, streamed]), ...duo, scripts: [ended(), answer()], outcomes: [OK] }),
    ],
    'asked again after content': [
      2,
      () => ({ ...one([long, streamed]), ...twice, scripts: [ended(), answer()], outcomes: [OK] }),
    ],
    'failed after failing over': [
      2,
      () => ({ ...long, ...duo, scripts: [ended(), failure(500)], outcomes: [UNAVAILABLE] }),
    ],
    'stream without its end': [4, () => ({ ...streamed, scripts: [ended()], outcomes: [INTERRUPTED] })],
    'folded stream without its end': [2, () => ({ ...long, scripts: [ended()], outcomes: [UNAVAILABLE] })],
    'stream that was reset': [
      4,
      () => ({ ...streamed, scripts: [{ ...ended(), how: 'reset' }], outcomes: [INTERRUPTED] }),
    ],
    'cancelled before content': [
      6,
      () => ({ ...anyway(), scripts: [hold(0)], leaves: 'once asked', outcomes: [CANCELLED] }),
    ],
    'cancelled during': [
      6,
      () => ({ ...streamed, scripts: [hold()], leaves: 'once heard', outcomes: [CANCELLED] }),
    ],
    'cancelled after failing over': [
      2,
      () => ({
        ...streamed,
        ...duo,
        scripts: [ended(), hold()],
        leaves: 'once heard',
        outcomes: [CANCELLED],
      }),
    ],
    'left at whatever moment': [
      5,
      () => ({
        ...one([short, long, streamed]),
        scripts: [{ ...answer(), isSlow: true }],
        leaves: { afterMs: random.below(16), since: 'asked' },
        outcomes: [OK],
      }),
    ],
    'left at once': [
      4,
      () => ({
        ...one([short, long, streamed]),
        scripts: [{ ...answer(), isSlow: true }],
        leaves: { afterMs: random.below(30), since: 'begun' },
        outcomes: [OK],
      }),
    ],
    'deadline before content': [
      1,
      () => ({ ...anyway(), scripts: [hold(0)], deadlineMs: DEADLINE_MS, outcomes: TOO_LATE }),
    ],
    'deadline during': [
      1,
      () => ({ ...streamed, scripts: [hold()], deadlineMs: DEADLINE_MS, outcomes: TOO_LATE }),
    ],
    'silent before content': [
      1,
      () => ({ ...streamed, ...limited('firstContentTimeout'), scripts: [hold(0)], outcomes: [TIMEOUT] }),
    ],
    'silent during': [
      1,
      () => ({ ...streamed, ...limited('idleTimeout'), scripts: [hold()], outcomes: [INTERRUPTED] }),
    ],
    'longer than its total limit': [
      1,
      () => ({ ...one([short, long]), ...limited('totalTimeout'), scripts: [hold(0)], outcomes: [TIMEOUT] }),
    ],
    'nothing stored': [
      2,
      () => ({ ...anyway(), cache: 'ONLY', scripts: [], outcomes: [['NOT_FOUND', 'NOT_CACHED']] }),
    ],
    'rate, if there is any left': [
      2,
      () => ({ ...short, key: 'rated', scripts: [answer()], outcomes: [OK], denied: RATE_LIMITED }),
    ],
    'denied by its rate of tokens': [
      2,
      () => ({ ...anyhow(), key: 'brief', scripts: [], outcomes: [RATE_LIMITED] }),
    ],
    'budget, if there is any left': [
      3,
      () => ({ ...short, key: 'thrifty', scripts: [answer()], outcomes: [OK], denied: OVER_BUDGET }),
    ],
    'denied by its budget': [2, () => ({ ...anyway(), key: 'poor', scripts: [], outcomes: [OVER_BUDGET] })],
    'forbidden model': [
      2,
      () => ({
        ...anyway(),
        key: 'checkout',
        model: 'secret',
        scripts: [],
        outcomes: [['PERMISSION_DENIED', 'MODEL_NOT_ALLOWED']],
      }),
    ],
    'no such model': [
      2,
      () => ({
        ...anyhow(),
        key: 'search',
        model: `nowhere-${random.below(3)}`,
        scripts: [],
        outcomes: [['NOT_FOUND', 'MODEL_NOT_FOUND']],
      }),
    ],
    'invalid request': [
      2,
      () => ({ ...anyhow(), text: '', scripts: [], outcomes: [['INVALID_ARGUMENT', 'INVALID_REQUEST']] }),
    ],
  };
  const weights = Object.values(endings).reduce((sum, [weight]) => sum + weight, 0);

  return {
    any() {
      let lot = random.below(weights);
      for (const [ending, [weight, make]] of Object.entries(endings)) {
        lot -= weight;
        if (lot < 0) return { ...begun(ending), ...make() };
      }
      throw new Error('the weights do not add up');
    },
    stored: () => ({
      ...begun('stored'),
      ...anyway(),
      cache: 'ENABLED',
      scripts: [answer()],
      outcomes: [OK],
    }),
    repeated(of) {
      const { key, text, maxOutputTokens, model, scripts, cache } = one(of);
      return {
        ...begun('answered from the cache'),
        ...one([{}, streamed]),
        ...{ key, text, model, scripts },
        ...(maxOutputTokens && { maxOutputTokens }),
        ...(cache && { cache }),
        outcomes: [OK],
        isHit: true,
      };
    },
    single: () => ({
      ...begun('one at a time'),
      ...short,
      key: 'single',
      scripts: [{ ...answer(), waits: true }],
      outcomes: [OK],
      denied: RATE_LIMITED,
    }),
    killed: () => ({
      ...begun('killed process'),
      ...one<Omit<Ending, 'outcomes'>>([
        { ...streamed, scripts: [hold(0)] },
        { ...streamed, scripts: [hold()] },
        { ...long, scripts: [hold()] },
        { ...short, scripts: [hold(0)] },
        { ...embed, scripts: [hold(0)] },
        { ...streamed, ...duo, scripts: [ended(), hold()] },
        { ...long, ...duo, scripts: [failure(500), hold()] },
      ]),
      key: one(['mortal', 'forgiven']),
      outcomes: [['UNKNOWN', '']],
      isKilled: true,
    }),
    cutOff: () => ({
      ...begun('killed at whatever moment'),
      ...anyway(),
      key: one(['mortal', 'forgiven']),
      scripts: [answer()],
      outcomes: [OK],
      mayBeKilled: true,
    }),
  };

  function begun(ending: string): Omit<Plan, 'scripts' | 'outcomes'> {
    count += 1;
    const id = `call-${count}`;
    return {
      id,
      ending,
      method: 'Complete',
      key: one(KEYS),
      endUser: one(END_USERS),
      team: one(TEAMS),
      model: 'solo',
      text: `${id}${words(LEAST_WORDS + random.below(60)).join('')}`,
    };
  }

  function anyway() {
    return one([short, long, streamed, { ...streamed, ...short }]);
  }

  function anyhow() {
    return one([...Array.from({ length: 3 }, anyway), embed]);
  }

  function limited(of: 'firstContentTimeout' | 'idleTimeout' | 'totalTimeout'): Partial<Plan> {
    return { execution: { limit: { of, ms: LIMIT_MS } } };
  }

  function answer({ reported = true } = {}): Extract<Script, { is: 'answer' }> {
    return { is: 'answer', words: words(1 + random.below(12)), reported: reported ? usage() : undefined };
  }

  function ended(): Extract<Script, { is: 'break' }> {
    return { is: 'break', words: words(1 + random.below(12)), how: 'ended' };
  }

  function hold(most = 12): Script {
    return { is: 'hold', words: most === 0 ? [] : words(1 + random.below(most)) };
  }

  function failure(status: 400 | 500): Script {
    return { is: 'failure', status };
  }

  /**
   * Some of the input read from the provider's own cache, some written to it, or neither. An honest provider: it counts no
   * more than the bytes that it was sent, and writes no more than it was asked for.
   */
  function usage(): Reported {
    const input = 1 + random.below(2 * LEAST_WORDS);
    const cacheRead = one([0, random.below(input + 1)]);
    const output = 1 + random.below(short.maxOutputTokens);
    return {
      input,
      cacheRead,
      cacheWrite: one([0, random.below(input - cacheRead + 1)]),
      output,
      reasoning: one([0, random.below(output + 1)]),
    };
  }

  function words(length: number): string[] {
    return Array.from({ length }, () => ` ${one(WORDS)}`);
  }
}

/** Each at least two bytes, with its space. */
const LEAST_WORDS = 50;

/** Of one to four bytes for a character. */
const WORDS = ['a', 'word', 'übel', 'façade', 'αβγ', 'жизнь', '日本語', '😀', 'done.'];
