import { randomBytes } from 'node:crypto';
import type { CallOptions, SluiceClient } from '@sluice/client';
import { type Random, seededRandom } from '../../support/random.ts';
import { type Asking, ask, MODES, type Mode, type Seen } from './ask.ts';
import type { Script } from './fake-provider.ts';
import {
  contentBlocked,
  contextTooLong,
  errorInside,
  type Fault,
  fails,
  limitsRate,
  none,
  wrongKey,
} from './fault.ts';
import { hash, type Wishes } from './reply.ts';

/** One call of a random run. The seed and its number decide all of it, and what the providers do to it. */
export interface RandomCall extends Wishes {
  mode: Mode;
  prompt: string;
  midStream: 'FAIL' | 'RESTART' | 'CONTINUE';
  maxAttempts: number;
  /** Whether a stored answer will do. Such calls share a few prompts. */
  cached: boolean;
  /** When the caller leaves, where it does not wait for the end: after a time, or with an event. */
  leaves: { afterMs: number } | { atEvent: number } | undefined;
  /** Infinity where there is none. */
  deadlineMs: number;
}

/** What became of it. */
export interface Made {
  call: RandomCall;
  seen: Seen;
  /** Under which the gateway's log knows it. */
  traceId: string;
}

export function randomCall(seed: number, nth: number): RandomCall {
  const random = seededRandom(hash(`${seed} call ${nth}`));
  const one = <T>(...choices: T[]): T => choices[random.below(choices.length)] as T;
  const cached = random.below(20) === 0;
  const fate = random.below(20);
  const reasons = random.below(10) === 0;
  return {
    // Who asks for reasoning is not given a whole answer.
    mode: reasons ? one('unary', 'streamed') : one(...MODES, 'streamed'),
    prompt: cached ? `Call ${random.below(50)} of many in run ${seed}.` : `Call ${nth} of run ${seed}.`,
    midStream: one('FAIL', 'RESTART', 'CONTINUE', 'CONTINUE'),
    maxAttempts: 1 + random.below(5),
    cached,
    reasons,
    callsTool: random.below(10) === 0,
    leaves:
      fate === 0 ? one({ afterMs: 1 + random.below(150) }, { atEvent: 1 + random.below(12) }) : undefined,
    deadlineMs: fate === 1 ? 20 + random.below(400) : Number.POSITIVE_INFINITY,
  };
}

/** Faults by seed, provider, prompt, and how often the provider was asked it, whatever else is going on. */
export function randomScript(seed: number, provider: string): Script {
  return ({ prompt, again }) => {
    // What warms up is none of them.
    if (!prompt.startsWith('Call ')) return none;
    return randomFault(seededRandom(hash(`${seed} ${provider} ${prompt} ${again}`)));
  };
}

/** Makes the call through the client. */
export async function make(client: SluiceClient, model: string, call: RandomCall): Promise<Made> {
  const traceId = randomBytes(16).toString('hex');
  const leaving = new AbortController();
  const { leaves, deadlineMs, midStream, maxAttempts, cached, ...rest } = call;
  const timer = leaves && 'afterMs' in leaves ? setTimeout(() => leaving.abort(), leaves.afterMs) : undefined;
  let events = 0;
  const options: CallOptions = {
    signal: leaving.signal,
    metadata: { traceparent: `00-${traceId}-${traceId.slice(16)}-01` },
    ...(Number.isFinite(deadlineMs) && { timeoutMs: deadlineMs }),
  };
  const asking: Asking = {
    ...rest,
    model,
    options,
    request: {
      cache: { mode: cached ? 'CACHE_MODE_ENABLED' : 'CACHE_MODE_BYPASS' },
      execution: { midStream: `MID_STREAM_POLICY_${midStream}`, maxAttempts },
    },
    onEvent() {
      events += 1;
      if (leaves && 'atEvent' in leaves && events === leaves.atEvent) leaving.abort();
    },
  };
  const seen = await ask(client, asking);
  clearTimeout(timer);
  return { call, seen, traceId };
}

/** More than half of all requests are answered well, so that circuits open now and then, but do not stay open. */
function randomFault(random: Random): Fault {
  if (random.below(100) < 62) return none;
  const after = random.below(14);
  const choices: (() => Fault)[] = [
    () => ({ is: 'reset', when: random.below(2) === 0 ? 'before headers' : 'after headers' }),
    () => ({ is: 'silent' }),
    () => ({ is: 'slow', ms: 5 + random.below(60) }),
    () => ({ is: 'cut', after, how: 'closed' }),
    () => ({ is: 'cut', after, how: 'reset' }),
    () => ({ is: 'cut', after, how: 'inside an event' }),
    () => ({ is: 'cut', after, how: 'inside a character' }),
    () => ({ is: 'stalled', after }),
    () => ({ is: 'malformed', after }),
    () => ({ is: 'unended', lacks: 'mark' }),
    () => ({ is: 'unended', lacks: 'everything' }),
    () => fails([500, 502, 503, 529][random.below(4)] ?? 500),
    () => limitsRate({ 'retry-after-ms': `${10 + random.below(60)}` }),
    () => (random.below(4) === 0 ? limitsRate() : none),
    () => contextTooLong,
    () => contentBlocked,
    () => wrongKey,
    () => ({ is: 'page', status: random.below(2) === 0 ? 200 : 502 }),
    () => ({ is: 'empty' }),
    () => errorInside(after),
    () => ({ is: 'refuses prefill' }),
    () => ({ is: 'repeats', words: 1 + random.below(4) }),
    () => ({ is: 'repeats', words: 1 + random.below(4) }),
  ];
  return (choices[random.below(choices.length)] ?? choices[0])?.() ?? none;
}
