import { toDuration } from '../completion/duration.ts';
import { GatewayError, reasonName, toGatewayError } from '../completion/error.ts';
import { fitToModel } from '../completion/fit-to-model.ts';
import type {
  Call,
  CompletionEvent,
  CompletionEvents,
  Now,
  ProviderCall,
  ResponseFacts,
} from '../completion/ports.ts';
import { asksForReasoning } from '../completion/reasoning.ts';
import { unfold } from '../completion/unfold.ts';
import type { Finished } from '../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { type Attempt, AttemptOutcome, UnsupportedParameterPolicy } from '../gen/sluice/v1/execution.ts';
import { traitsOf } from './reasons.ts';
import type { Target } from './routes.ts';
import { timeLimits } from './time-limits.ts';
import { createWatchdog } from './watchdog.ts';

/**
 * Tries one target once. The first batch holds the first content (with the warnings that led up to it), the last
 * ends with `finished`; anything else throws. Whatever the ending, the try is added to `call.attempts`, the circuit
 * and the trace hear of it, and the provider's socket is closed.
 */
export async function* attempt(call: Call, target: Target, now: Now): AsyncGenerator<CompletionEvents, void> {
  const { provider, model, execution, breaker, activity } = target;
  const startedAt = now();
  const facts: ResponseFacts = {};
  let shown = false;
  let finished: Finished | undefined;
  let error: GatewayError | undefined;
  const admission = admit();
  activity.begin();
  const streamed = call.streamed || !fitsWholeAnswer(call, target);
  const trace = call.telemetry.attemptStarted({ provider, model }, call.request, streamed);
  const limits = timeLimits(call.request, execution);

  const abort = new AbortController();
  const callEnded = () => abort.abort(call.abort.signal.reason);
  call.abort.signal.addEventListener('abort', callEnded, { once: true });
  if (call.abort.signal.aborted) callEnded();
  using watchdog = createWatchdog((limit, limitMs) => abort.abort(silence(provider.name, limit, limitMs)));

  try {
    const fitted = fitToModel(call.request, {
      model: `${provider.name}/${model}`,
      capabilities: provider.capabilities(model),
      unsupported: unsupportedPolicy(call, target),
    });
    const providerCall: ProviderCall = {
      model,
      request: fitted.request,
      options: providerOptions(call, provider.kind),
      defaultMaxOutputTokens: execution.defaultMaxOutputTokens,
      signal: abort.signal,
      report: (more) => Object.assign(facts, more),
    };
    // What comes before the first content is held back: a provider can still fail after it, and then nobody needs to know.
    const held: CompletionEvent[] = fitted.warnings.map((value) => ({ $case: 'warning', value }));
    watchdog.wait(streamed ? 'first content' : 'response', streamed ? limits.firstContent : limits.response);
    for await (const events of streamed
      ? provider.stream(providerCall)
      : whole(provider.complete(providerCall))) {
      watchdog.pause();
      const isFirst = !shown && events.some(isContent);
      if (isFirst) {
        shown = true;
        admission.showedContent();
        activity.firstContent(now() - startedAt);
        trace.firstContent();
      }
      const last = events.at(-1);
      if (last?.$case === 'finished') {
        finished = last.value;
        conclude();
      }
      if (!shown) held.push(...events);
      else if (isFirst) yield [...held, ...events];
      else if (events.length > 0) yield events;
      if (finished) break;
      if (isFirst) watchdog.wait('idle', limits.idle);
      else watchdog.heard();
    }
    if (!finished) throw brokenOff(provider.name);
  } catch (thrown) {
    error = explain(thrown);
    throw error;
  } finally {
    call.abort.signal.removeEventListener('abort', callEnded);
    if (!finished) {
      conclude();
      // Where the caller left between two events nothing was thrown, and the provider may still be sending.
      abort.abort(error);
    }
  }

  /** Told before the last event goes out, so that the answer's own account of its attempts is complete. */
  function conclude(): void {
    activity.end();
    tellCircuit();
    const record = attemptRecord(outcome());
    call.attempts.push(record);
    trace.ended(record, facts, { ...(finished && { finished }), ...(error && { error }) });
  }

  function admit() {
    try {
      return breaker.admit();
    } catch (thrown) {
      error = toGatewayError(thrown);
      call.attempts.push(attemptRecord(AttemptOutcome.SKIPPED));
      throw error;
    }
  }

  function explain(thrown: unknown): GatewayError {
    // Once aborted, whatever the SDK throws is only the echo of the abort, whose reason knows better.
    return abort.signal.aborted ? toGatewayError(abort.signal.reason) : toGatewayError(thrown);
  }

  function tellCircuit(): void {
    if (finished) admission.succeeded();
    // A call that ended early, by its caller or its total limit, says nothing about the provider.
    else if (!error || call.abort.signal.aborted || traitsOf(error.reason).circuit === 'nothing')
      admission.leave();
    else if (traitsOf(error.reason).circuit === 'fault') admission.failed(error);
    else admission.succeeded();
  }

  function outcome(): AttemptOutcome {
    if (finished) return AttemptOutcome.SUCCEEDED;
    if (!error || call.abort.signal.aborted) return AttemptOutcome.CANCELLED;
    return shown ? AttemptOutcome.INTERRUPTED : AttemptOutcome.FAILED;
  }

  function attemptRecord(outcome: AttemptOutcome): Attempt {
    return {
      provider: provider.name,
      providerModel: model,
      startTime: new Date(startedAt),
      duration: toDuration(now() - startedAt),
      outcome,
      reason: error ? reasonName(error.reason) : '',
      httpStatus: error?.details.httpStatus ?? facts.httpStatus ?? 0,
      providerRequestId: error?.details.providerRequestId ?? facts.requestId ?? '',
    };
  }
}

/** A short answer is cheaper whole; a long one must stream, since only a stream tells slow from silent. */
function fitsWholeAnswer({ request }: Call, { execution }: Target): boolean {
  const limit = request.maxOutputTokens;
  return limit !== undefined && limit <= execution.wholeAnswerTokens && !asksForReasoning(request);
}

async function* whole(answer: ReturnType<Target['provider']['complete']>): AsyncGenerator<CompletionEvents> {
  yield unfold(await answer);
}

/** Whether the caller would see something of it: the point after which a failure can no longer be hidden. */
function isContent(event: CompletionEvent): boolean {
  switch (event.$case) {
    case 'textDelta':
      return event.value.text !== '';
    case 'warning':
      return false;
    default:
      return true;
  }
}

function unsupportedPolicy({ request }: Call, { execution }: Target): 'drop' | 'reject' {
  switch (request.execution?.unsupportedParameters) {
    case UnsupportedParameterPolicy.DROP:
      return 'drop';
    case UnsupportedParameterPolicy.REJECT:
      return 'reject';
    default:
      return execution.unsupportedParameters;
  }
}

function providerOptions({ request }: Call, kind: string): Record<string, unknown> | undefined {
  const json = request.providerOptions[kind];
  return json ? JSON.parse(json) : undefined;
}

function silence(provider: string, limit: string, limitMs: number): GatewayError {
  return new GatewayError(
    ErrorReason.PROVIDER_TIMEOUT,
    `${provider} was silent for ${limitMs} ms, its ${limit} time-out.`,
    { metadata: { provider, timeout: limit, timeoutMs: String(limitMs) } },
  );
}

function brokenOff(provider: string): GatewayError {
  return new GatewayError(
    ErrorReason.PROVIDER_UNAVAILABLE,
    `${provider} ended its stream without an end mark.`,
    {
      metadata: { provider },
    },
  );
}
