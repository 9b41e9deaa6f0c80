import { GatewayError, toGatewayError } from '../completion/error.ts';
import type { AnyCall } from '../completion/ports/call.ts';
import type { Now } from '../completion/ports/now.ts';
import { isTry, triesOf } from '../completion/tries.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { AttemptOutcome } from '../gen/sluice/v1/execution.ts';
import { backoffMs } from './backoff.ts';
import { combineFailures, type TargetFailure } from './combine-failures.ts';
import { enterProvider } from './enter-provider.ts';
import type { Asked } from './order/ordering.ts';
import { pause } from './pause.ts';
import { traitsOf } from './reasons.ts';
import type { RetryBudget } from './retry-budget.ts';
import { skip } from './skip.ts';
import { takeRates } from './take-rates.ts';
import type { Target } from './target.ts';
import { totalLimit } from './time-limits.ts';
import { beginTurns, type Turn, takeNext } from './turns.ts';

/** What failing over takes beside a call and its targets. */
export interface FailOverDeps {
  retryBudget: RetryBudget;
  now: Now;
  /** From 0, below 1. */
  random: () => number;
}

/** How one kind of call asks a target. */
export interface Asking<Prepared, Answer> {
  /**
   * Makes the request one that the target can honour.
   *
   * @throws GatewayError where it cannot: the target is passed over, without being asked.
   */
  prepare(target: Target): Prepared;
  /** Why the request looks too long for the target, if it does; it is passed over then, unless all are. */
  tooLong?(target: Target): GatewayError | undefined;
  /** @throws GatewayError */
  attempt(target: Target, prepared: Prepared): Promise<Answer>;
  /** What an attempt really asks. */
  requestOf(prepared: Prepared): Asked;
  /** Whether an attempt failed for the way in which the target was asked, so that it is prepared for anew, at once. */
  asksAnew?(error: GatewayError): boolean;
}

/**
 * Asks the targets in order until one answers, within the call's limits on attempts and time. Those that failed in a way
 * that passes are asked again, after the others: when they said, or after a backoff.
 *
 * @throws GatewayError of the most telling failure.
 */
export async function failOver<Prepared, Answer>(
  call: AnyCall,
  targets: readonly Target[],
  { prepare, tooLong, attempt, requestOf, asksAnew }: Asking<Prepared, Answer>,
  { retryBudget, now, random }: FailOverDeps,
): Promise<Answer> {
  const limits = targets[0]?.execution;
  if (!limits) throw new Error(`no targets for ${call.request.model}`);
  const totalMs = totalLimit(call.request, limits);
  const end = Math.min(call.deadline, now() + totalMs);
  using _ = limitTotal(call, totalMs);
  const maxAttempts = call.request.execution?.maxAttempts ?? limits.maxAttempts;
  const turns = beginTurns(targets);
  const failures: TargetFailure[] = [];
  const passedOver: TargetFailure[] = [];
  let patienceMs = limits.maxRetryDelayMs;

  for (let turn = takeNext(turns); turn && triesOf(call) < maxAttempts; turn = takeNext(turns)) {
    if (!(await comes(turn))) break;
    const prepared = prepareFor(turn);
    if (prepared === undefined || !mayAsk(turn.target)) continue;
    try {
      return await ask(turn, prepared);
    } catch (thrown) {
      if (!goesOn(turn, toGatewayError(thrown))) break;
    }
  }
  throw combineFailures(failures.length > 0 ? failures : passedOver);

  /** Waits until it is the target's turn. False: that would take longer than the call has, or wants to wait. */
  async function comes({ at }: Turn): Promise<boolean> {
    const waitMs = Math.max(0, at - now());
    if (now() + waitMs > end - LEAST_TIME_MS) {
      if (failures.length === 0) throw tooLate();
      return false;
    }
    if (waitMs > patienceMs) return false;
    patienceMs -= waitMs;
    if (waitMs > 0) await pause(waitMs, call.abort.signal);
    return true;
  }

  /** Undefined where the target cannot honour the request, and is passed over. */
  function prepareFor(turn: Turn): Prepared | undefined {
    const { target, lastResort } = turn;
    // Others have been asked: their word counts for more than that of one which would only say that it is too long.
    if (lastResort && failures.length > 0 && targets.length > 1) return undefined;
    try {
      const error = lastResort ? undefined : tooLong?.(target);
      if (!error) return prepare(target);
      turns.push({ ...turn, lastResort: true });
      throw error;
    } catch (thrown) {
      const error = toGatewayError(thrown);
      passedOver.push({ target, error });
      skip(call, target, error, now());
      return undefined;
    }
  }

  /** A provider that this call has asked before is asked again only while the process has retries left. */
  function mayAsk({ provider: { name } }: Target): boolean {
    if (!call.attempts.some(({ provider, outcome }) => provider === name && isTry(outcome))) {
      retryBudget.firstAttempt();
      return true;
    }
    const may = retryBudget.take();
    if (!may) call.telemetry.retryDenied(name);
    return may;
  }

  async function ask({ target, mayQueue }: Turn, prepared: Prepared): Promise<Answer> {
    const entering = enterProvider(call, target, { mayQueue, now });
    using _place = entering instanceof Promise ? await entering : entering;
    const request = requestOf(prepared);
    const taking = takeRates(call, target, { request, mayQueue, now });
    using _rates = taking instanceof Promise ? await taking : taking;
    if (triesOf(call) > 0) await call.cover?.(request);
    // Who has left while the accounts, the cache or a line were waited for has asked nobody, and nobody bills it.
    call.abort.signal.throwIfAborted();
    return await attempt(target, prepared);
  }

  /** Notes a failure, and whether and when the target is asked again. False: nobody is asked any more. */
  function goesOn(turn: Turn, error: GatewayError): boolean {
    // The call itself is over, by its caller or its total limit: nobody waits for another target.
    if (call.abort.signal.aborted) throw error;
    if (asksAnew?.(error)) {
      turns.push({ ...turn, at: 0 });
      return true;
    }
    failures.push({ target: turn.target, error });
    const { movesOn, again } = traitsOf(error.reason);
    if (error.reason === ErrorReason.GATEWAY_OVERLOADED && !turn.mayQueue)
      turns.push({ ...turn, at: now(), mayQueue: true });
    // An answer that broke in the middle was under way: its silence says less than that of one that never began.
    else if (again || call.attempts.at(-1)?.outcome === AttemptOutcome.INTERRUPTED)
      turns.push({ ...turn, at: now() + retryDelayMs(error), mayQueue: true });
    return movesOn;
  }

  /** As long as the target says, and a little more, since others may be waiting for the same moment. */
  function retryDelayMs({ details }: GatewayError): number {
    return (details.retryAfterMs ?? 0) + backoffMs(Math.max(0, triesOf(call) - 1), random);
  }
}

/** A call that has no more time than this asks no provider, which would bill what nobody hears. */
const LEAST_TIME_MS = 10;

function limitTotal(call: AnyCall, limitMs: number): Disposable {
  const timer = setTimeout(() => {
    call.abort.abort(
      new GatewayError(
        ErrorReason.PROVIDER_TIMEOUT,
        `The call took longer than ${limitMs} ms, its total time-out.`,
        {
          metadata: { timeout: 'total', timeoutMs: String(limitMs) },
        },
      ),
    );
  }, limitMs);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

function tooLate(): GatewayError {
  return new GatewayError(
    ErrorReason.DEADLINE_EXCEEDED,
    "The caller's deadline leaves no time to ask a provider; none was asked.",
  );
}
