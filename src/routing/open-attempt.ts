import { toDuration } from '../completion/duration.ts';
import { GatewayError, reasonName, toGatewayError } from '../completion/error.ts';
import type { AttemptTelemetry, ProviderAnswered } from '../completion/ports/attempt-telemetry.ts';
import type { AnyCall } from '../completion/ports/call.ts';
import type { Now } from '../completion/ports/now.ts';
import type { ResponseFacts } from '../completion/ports/provider.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { type Attempt, AttemptOutcome } from '../gen/sluice/v1/execution.ts';
import type { Cost, Usage } from '../gen/sluice/v1/usage.ts';
import { billedUsage } from './bill.ts';
import type { Admission } from './breaker.ts';
import type { CooldownProbe } from './cooldowns.ts';
import type { Latency } from './latency.ts';
import { type ReasonTraits, traitsOf } from './reasons.ts';
import { skip } from './skip.ts';
import type { Target } from './target.ts';
import { wasHurried } from './time-limits.ts';
import { createWatchdog, type Watchdog } from './watchdog.ts';

/**
 * One try at one target, whatever it is asked for. Whichever way it ends, it is added to `call.attempts`, the circuit
 * and the trace hear of it once, and the provider's socket is closed.
 */
export interface OpenAttempt extends Disposable {
  /** Aborts when the call does, or when a time limit runs out. */
  readonly signal: AbortSignal;
  readonly watchdog: Watchdog;
  /** Notes what the response tells about itself. */
  report(facts: ResponseFacts): void;
  /** The provider has begun to answer. */
  showedContent(): void;
  /**
   * The provider has answered. Told before the caller sees the end, so that the account of attempts in it is whole. Returns
   * the usage, with estimates where the provider has not reported it.
   */
  answered(how: ProviderAnswered): Usage;
  /** The try failed; returns why. */
  failed(thrown: unknown): GatewayError;
}

/**
 * Opens a try. What is neither answered nor failed when it is disposed of was left by its caller.
 *
 * @throws GatewayError CIRCUIT_OPEN, or PROVIDER_RATE_LIMITED while the model cools down; `call.attempts` tells of the
 *   skipped target.
 */
export function openAttempt(
  call: AnyCall,
  target: Target,
  {
    startTrace,
    estimate,
    now,
  }: {
    startTrace(): AttemptTelemetry;
    /** What the try has used so far, for want of the provider's own word. */
    estimate(): Usage;
    now: Now;
  },
): OpenAttempt {
  const { provider, model, execution, cooldowns, activity, latency } = target;
  const startedAt = now();
  const facts: ResponseFacts = {};
  let shown = false;
  let answer: ProviderAnswered | undefined;
  let error: GatewayError | undefined;
  const { circuit, cooldown } = admit(call, target, now);
  activity.begin();
  latency?.begin();
  const trace = startTrace();

  const abort = new AbortController();
  const callEnded = () => abort.abort(call.abort.signal.reason);
  call.abort.signal.addEventListener('abort', callEnded, { once: true });
  if (call.abort.signal.aborted) callEnded();
  const watchdog = createWatchdog((limit, limitMs) => abort.abort(silence(provider.name, limit, limitMs)));

  return {
    signal: abort.signal,
    watchdog,
    report(more) {
      Object.assign(facts, more);
      if (facts.httpStatus !== undefined && facts.httpStatus < 400) cooldown?.accepted();
    },
    showedContent() {
      shown = true;
      circuit.showedContent();
      cooldown?.accepted();
      activity.firstContent(now() - startedAt);
      latency?.firstContent(now() - startedAt);
      trace.firstContent();
    },
    answered(how) {
      answer = how;
      return conclude().usage ?? estimate();
    },
    failed(thrown) {
      // Once aborted, whatever the SDK throws is only the echo of the abort, whose reason knows better.
      error = toGatewayError(abort.signal.aborted ? abort.signal.reason : thrown);
      if (error.reason === ErrorReason.PROVIDER_RATE_LIMITED) {
        cooldowns.limited(model, error.details.retryAfterMs);
        const retryAfterMs = cooldowns.waitMs(model);
        error = new GatewayError(error.reason, error.message, { ...error.details, retryAfterMs });
      }
      return error;
    },
    [Symbol.dispose]() {
      watchdog[Symbol.dispose]();
      call.abort.signal.removeEventListener('abort', callEnded);
      if (answer) return;
      conclude();
      // Whatever was thrown, the provider may still be sending.
      abort.abort(error);
    },
  };

  function conclude(): Attempt {
    activity.end();
    const said = verdict();
    if (said === 'fault') circuit.failed(error as GatewayError);
    else if (said === 'nothing') circuit.leave();
    else circuit.succeeded();
    if (latency) tellLatency(latency, said === 'fault');
    if (answer) cooldown?.accepted();
    else cooldown?.leave();
    const attempt = record(outcome());
    call.attempts.push(attempt);
    trace.ended(attempt, facts, { ...(answer && { answered: answer }), ...(error && { error }) });
    return attempt;
  }

  /** What the try says about the provider. */
  function verdict(): ReasonTraits['circuit'] {
    if (answer) return 'sound';
    // A call that ended early, by its caller, its total limit or a caller's haste, says nothing about the provider.
    if (!error || call.abort.signal.aborted || wasHurried(call.request, execution, error)) return 'nothing';
    return traitsOf(error.reason).circuit;
  }

  function tellLatency(latency: Latency, isFault: boolean): void {
    if (shown) {
      if (isFault) latency.broke();
    } else if (isFault) latency.failed(now() - startedAt);
    else latency.left();
  }

  function outcome(): AttemptOutcome {
    if (answer) return AttemptOutcome.SUCCEEDED;
    if (!error || call.abort.signal.aborted) return AttemptOutcome.CANCELLED;
    return shown ? AttemptOutcome.INTERRUPTED : AttemptOutcome.FAILED;
  }

  function record(outcome: AttemptOutcome): Attempt {
    const usage = billedUsage({
      answered: answer,
      error,
      callOver: call.abort.signal.aborted,
      shown,
      reported: facts.usage,
      estimate,
    });
    return {
      provider: provider.name,
      providerModel: model,
      startTime: new Date(startedAt),
      duration: toDuration(now() - startedAt),
      outcome,
      reason: error ? reasonName(error.reason) : '',
      httpStatus: error?.details.httpStatus ?? facts.httpStatus ?? 0,
      providerRequestId: error?.details.providerRequestId ?? facts.requestId ?? '',
      ...(usage && { usage, cost: target.facts()?.price(usage) ?? unpriced(usage) }),
    };
  }
}

/** Asks whether the target may be tried: its provider's circuit, and whether its model cools down. */
function admit(
  call: AnyCall,
  target: Target,
  now: Now,
): { circuit: Admission; cooldown: CooldownProbe | undefined } {
  const { breaker, cooldowns, model } = target;
  try {
    // First, since a circuit's probe would be wasted on a model that may not be asked.
    const cooldown = cooldowns.admit(model);
    try {
      return { circuit: breaker.admit(), cooldown };
    } catch (refusal) {
      cooldown?.leave();
      throw refusal;
    }
  } catch (thrown) {
    const refusal = toGatewayError(thrown);
    skip(call, target, refusal, now());
    throw refusal;
  }
}

function unpriced({ estimated }: Usage): Cost {
  return { nanoUsd: 0, unpriced: true, estimated };
}

function silence(provider: string, limit: string, limitMs: number): GatewayError {
  return new GatewayError(
    ErrorReason.PROVIDER_TIMEOUT,
    `${provider} was silent for ${limitMs} ms, its ${limit} time-out.`,
    { metadata: { provider, timeout: limit, timeoutMs: String(limitMs) } },
  );
}
