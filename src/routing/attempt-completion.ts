import { GatewayError } from '../completion/error.ts';
import {
  countSpokenTokens,
  estimateInputTokens,
  estimateOutputTokens,
} from '../completion/estimate-tokens.ts';
import type { Call } from '../completion/ports/call.ts';
import type { CompletionEvent, CompletionEvents, Show } from '../completion/ports/events.ts';
import type { Now } from '../completion/ports/now.ts';
import { asksForReasoning } from '../completion/reasoning.ts';
import { unfold } from '../completion/unfold.ts';
import { estimatedUsage } from '../completion/usage.ts';
import type { CompleteRequest, Finished } from '../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import type { Usage } from '../gen/sluice/v1/usage.ts';
import { openAttempt } from './open-attempt.ts';
import { type FittedRequest, toProviderCall } from './provider-call.ts';
import type { Target } from './target.ts';
import { timeLimits } from './time-limits.ts';

/**
 * Asks one target once for a completion. The first batch shown holds the first content (with the warnings that led up
 * to it), the last ends with `finished`; anything else throws.
 *
 * @throws GatewayError
 */
export async function attemptCompletion(
  call: Call,
  { target, fitted, show, now }: { target: Target; fitted: FittedRequest; show: Show; now: Now },
): Promise<void> {
  const { provider, model, execution } = target;
  const { request, warnings } = fitted;
  const streamed = call.streamed || !fitsWholeAnswer(request, target);
  const spoken = countSpokenTokens();
  let shown = false;
  using attempt = openAttempt(call, target, {
    startTrace: () => call.telemetry.attemptStarted({ provider, model }, request, streamed),
    estimate: () =>
      estimatedUsage(
        estimateInputTokens(request),
        // Nothing is heard of a whole answer before its end, and it is written to that whether or not somebody waits.
        streamed || shown ? spoken.tokens() : estimateOutputTokens(request),
      ),
    now,
  });
  const { watchdog } = attempt;
  const limits = timeLimits(request, execution);

  try {
    const asked = toProviderCall(fitted, target, attempt);
    // What comes before the first content is held back: a provider can still fail after it, and then nobody needs to know.
    const held: CompletionEvent[] = warnings.map((value) => ({ $case: 'warning', value }));
    watchdog.wait(streamed ? 'first content' : 'response', streamed ? limits.firstContent : limits.response);
    for await (const batch of streamed ? provider.stream(asked) : [unfold(await provider.complete(asked))]) {
      watchdog.pause();
      spoken.add(batch);
      const isFirst = !shown && batch.some(isContent);
      if (isFirst) {
        shown = true;
        attempt.showedContent();
      }
      const last = batch.at(-1);
      const isLast = last?.$case === 'finished';
      const events = isLast ? withUsage(batch, last.value, attempt.answered(last.value)) : batch;
      if (!shown) held.push(...events);
      else if (isFirst) await show([...held, ...events]);
      else if (events.length > 0) await show(events);
      if (isLast) return;
      // The caller may have left while it was slow.
      attempt.signal.throwIfAborted();
      if (isFirst) watchdog.wait('idle', limits.idle);
      else watchdog.heard();
    }
    throw brokenOff(provider.name);
  } catch (thrown) {
    throw attempt.failed(thrown);
  }
}

/** The last batch, with what was estimated where the provider did not report it. */
function withUsage(batch: CompletionEvents, finished: Finished, usage: Usage): CompletionEvents {
  if (finished.usage === usage) return batch;
  return [...batch.slice(0, -1), { $case: 'finished', value: { ...finished, usage } }];
}

/** A short answer is cheaper whole; a long one must stream, since only a stream tells slow from silent. */
function fitsWholeAnswer(request: CompleteRequest, { execution }: Target): boolean {
  const limit = request.maxOutputTokens;
  return limit !== undefined && limit <= execution.wholeAnswerTokens && !asksForReasoning(request);
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

function brokenOff(provider: string): GatewayError {
  return new GatewayError(
    ErrorReason.PROVIDER_UNAVAILABLE,
    `${provider} ended its stream without an end mark.`,
    {
      metadata: { provider },
    },
  );
}
