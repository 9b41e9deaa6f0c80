import type { Attempt } from '@sluice/client/proto';
import { attemptsOf, sawContent, verdictOf } from './ask.ts';
import type { Made } from './random-call.ts';
import { replyTo, textOfReply } from './reply.ts';
import type { ServedBy } from './served-by.ts';

/** What kind of promise was broken. */
export type Breach =
  | 'wrong answer'
  | 'truncated success'
  | 'wrong error'
  | 'wrong attempts'
  | 'wrong usage'
  | 'left behind';

/** Something that must not have gone as it went. */
export interface Violation {
  breach: Breach;
  what: string;
}

/** Compares what the caller saw with the one right answer, and with the requests that providers have counted for it. */
export function judge({ call, seen }: Made, served: readonly ServedBy[]): Violation[] {
  return [...judgeAnswer({ call, seen }), ...judgeError(seen), ...judgeAttempts({ call, seen }, served)];
}

function judgeAnswer({ call, seen }: Pick<Made, 'call' | 'seen'>): Violation[] {
  const { answer, printed, error } = seen;
  const right = textOfReply(replyTo(call.prompt, call));
  if (error) {
    // What was shown before it was right as far as it went.
    return right.startsWith(printed) ? [] : [{ breach: 'wrong answer', what: `on the screen: ${printed}` }];
  }
  const verdict = verdictOf(seen, call);
  if (verdict === 'the right answer') return [];
  const isTruncated = answer !== undefined && right.startsWith(printed);
  return [{ breach: isTruncated ? 'truncated success' : 'wrong answer', what: verdict }];
}

/** Reasons that nothing in a random run can be the cause of. */
const NEVER = [
  'INTERNAL',
  'INCOMPLETE_STREAM',
  'UNKNOWN',
  'DATA_LOSS',
  'INVALID_REQUEST',
  'UNSUPPORTED_PARAMETER',
];

/** What may still be said after the caller has seen content. */
const AFTER_CONTENT = ['STREAM_INTERRUPTED', 'CANCELLED', 'DEADLINE_EXCEEDED'];

function judgeError(seen: Made['seen']): Violation[] {
  const { error } = seen;
  if (!error) return [];
  const { reason } = error;
  const wrong = (why: string): Violation[] => [
    { breach: 'wrong error', what: `${error.status} ${reason} ${why}: ${error.message}` },
  ];
  if (NEVER.includes(reason)) return wrong('where nothing is wrong with the gateway or the request');
  if (reason === 'STREAM_INTERRUPTED' && !sawContent(seen)) return wrong('before any content');
  if (sawContent(seen) && !AFTER_CONTENT.includes(reason)) return wrong('after content');
  return [];
}

/** The gateway's account of its attempts, beside the requests that arrived. */
function judgeAttempts(
  { call, seen }: Pick<Made, 'call' | 'seen'>,
  served: readonly ServedBy[],
): Violation[] {
  // Stored answers share their prompts, and an error of the client's own tells of no attempts.
  if (call.cached || (seen.error && seen.error.attempts.length === 0)) return [];
  const told = attemptsOf(seen).filter(({ outcome }) => outcome !== 'ATTEMPT_OUTCOME_SKIPPED');
  return [
    ...judgeCounts(told, served),
    ...(told.length > call.maxAttempts
      ? [wrongAttempts(`${told.length} were made, more than ${call.maxAttempts}`)]
      : []),
    ...judgeAnswerer(seen, served),
  ];
}

function judgeCounts(told: readonly Attempt[], arrived: readonly ServedBy[]): Violation[] {
  const providers = new Set([...told, ...arrived].map(({ provider }) => provider));
  return [...providers].flatMap((name) => {
    const counted = arrived.filter(({ provider }) => provider === name).length;
    const ofIt = told.filter(({ provider }) => provider === name);
    const sure = ofIt.filter((attempt) => !mayNotArrive(attempt)).length;
    if (sure <= counted && counted <= ofIt.length) return [];
    return [wrongAttempts(`told of ${ofIt.length} at ${name}, which counted ${counted}`)];
  });
}

/** On a busy machine a time-out may come before the request is written; a closed port takes none. */
function mayNotArrive({ reason, httpStatus }: Attempt): boolean {
  return reason === 'PROVIDER_TIMEOUT' || (reason === 'PROVIDER_UNAVAILABLE' && httpStatus === 0);
}

/**
 * Who answered, and what is billed for it, beside the whole answers that were given: mostly one, but a provider that the
 * gateway has given up may still believe that its answer was heard.
 */
function judgeAnswerer({ answer }: Made['seen'], served: readonly ServedBy[]): Violation[] {
  if (!answer) return [];
  const { usage, execution } = answer;
  const given = served.filter(
    ({ outcome, provider }) => outcome === 'answered' && provider === execution?.provider,
  );
  if (given.length === 0) return [wrongAttempts(`${execution?.provider} is named, but did not answer`)];
  const isBilled = given.some(
    ({ prefix, inputTokens, outputTokens }) =>
      // A continued answer is the work of two.
      prefix !== '' || (usage?.inputTokens === inputTokens && usage.outputTokens === outputTokens),
  );
  return isBilled ? [] : [{ breach: 'wrong usage', what: JSON.stringify(usage) }];
}

function wrongAttempts(what: string): Violation {
  return { breach: 'wrong attempts', what };
}
