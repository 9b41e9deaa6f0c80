import { GatewayError, toGatewayError } from '../completion/error.ts';
import { createFold } from '../completion/fold.ts';
import type { Call } from '../completion/ports/call.ts';
import type { CompletionEvent, CompletionEvents, Show } from '../completion/ports/events.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { type Attempt, AttemptOutcome } from '../gen/sluice/v1/execution.ts';
import { attemptCompletion } from './attempt-completion.ts';
import { type Continuation, continuationOf } from './continuation.ts';
import { type FailOverDeps, failOver } from './failover.ts';
import { midStreamPolicy } from './mid-stream.ts';
import { type FittedRequest, fitToTarget } from './provider-call.ts';
import { traitsOf } from './reasons.ts';
import type { Target } from './target.ts';
import { tooLong } from './too-long.ts';

/** A target's request: the caller's, or that of going on with what another target has begun. */
interface Prepared extends FittedRequest {
  continuation: Continuation | undefined;
}

/**
 * Shows the answer of the first target that has one: `started` with the first content, `finished` at the end. Until the
 * first content is out, moving on is free and invisible. A streamed call that breaks after it fails, begins again or is
 * continued, as its policy says; a unary call, whose caller has seen nothing, begins again.
 *
 * @throws GatewayError of the most telling failure; STREAM_INTERRUPTED once something was shown of a streamed call.
 */
export async function answer(
  call: Call,
  { targets, show, ...deps }: { targets: readonly Target[]; show: Show } & FailOverDeps,
): Promise<void> {
  const mayContinue = call.streamed && targets.some((target) => midStreamPolicy(call, target) === 'continue');
  /** What the caller has seen, where another target may have to go on from there. */
  const said = mayContinue ? createFold() : undefined;
  /** Targets that would not go on with what another one has begun; they may begin again all the same. */
  const refusers = new Set<Target>();
  let refusal: GatewayError | undefined;
  let shown = false;
  let continues = false;

  try {
    await failOver(
      call,
      targets,
      {
        prepare,
        tooLong: isTooLong,
        attempt,
        requestOf: ({ request }) => request,
        asksAnew: (error) => error === refusal,
      },
      deps,
    );
  } catch (thrown) {
    const error = toGatewayError(thrown);
    throw shown && call.streamed ? interruption(call, error) : error;
  }

  function prepare(target: Target): Prepared {
    const continuation = continues ? continuationAt(target) : undefined;
    return { continuation, ...fitToTarget(continuation?.request ?? call.request, target) };
  }

  function continuationAt(target: Target): Continuation | undefined {
    const { provider, model } = target;
    if (!said || refusers.has(target) || !provider.capabilities(model).prefill) return undefined;
    return continuationOf(call.request, said.answer());
  }

  function isTooLong(target: Target): GatewayError | undefined {
    return tooLong(call.request, target);
  }

  async function attempt(target: Target, { continuation, ...fitted }: Prepared): Promise<void> {
    let begun = false;
    try {
      await attemptCompletion(call, { target, fitted, show: showFrom, now: deps.now });
    } catch (thrown) {
      const error = toGatewayError(thrown);
      if (continuation && !begun && isRefusal(error)) {
        refusers.add(target);
        refusal = error;
      }
      if (begun && call.streamed) {
        const policy = midStreamPolicy(call, target);
        if (policy === 'fail') throw interruption(call, error);
        continues = policy === 'continue';
      }
      throw error;
    }

    function showFrom(events: CompletionEvents): Promise<void> | undefined {
      let told = continuation ? continuation.trim(events) : events;
      if (!begun) told = [beginning(call, target, { isFirst: !shown, discard: !continuation }), ...told];
      begun = true;
      shown = true;
      said?.add(told);
      // A continuation may have repeated so far what the caller knows.
      return told.length > 0 ? show(told) : undefined;
    }
  }
}

/** What precedes a target's first content: `started`, or that it takes over from one that broke. */
function beginning(
  call: Call,
  { provider, model }: Target,
  { isFirst, discard }: { isFirst: boolean; discard: boolean },
): CompletionEvent {
  if (isFirst) {
    return {
      $case: 'started',
      value: {
        id: call.id,
        model: call.request.model,
        provider: provider.name,
        providerModel: model,
        cacheStatus: call.cacheStatus,
      },
    };
  }
  const failed = lastInterrupted(call);
  return {
    $case: 'failedOver',
    value: {
      ...(failed && { failed }),
      discardPrevious: discard,
      provider: provider.name,
      providerModel: model,
    },
  };
}

function lastInterrupted({ attempts }: Call): Attempt | undefined {
  return attempts.findLast(({ outcome }) => outcome === AttemptOutcome.INTERRUPTED);
}

/** Whether a target finds fault with the request, which so far was sound, for what it is given to go on with. */
function isRefusal({ reason }: GatewayError): boolean {
  return (
    reason === ErrorReason.PROVIDER_REJECTED_REQUEST ||
    reason === ErrorReason.UNSUPPORTED_PARAMETER ||
    reason === ErrorReason.CONTEXT_LENGTH_EXCEEDED ||
    reason === ErrorReason.CONTENT_BLOCKED
  );
}

/** What a caller is told that has seen content. */
function interruption(call: Call, cause: GatewayError): GatewayError {
  if (cause.reason === ErrorReason.STREAM_INTERRUPTED) return cause;
  // The caller's own leaving, and its deadline, are not the provider's breaking.
  if (call.abort.signal.aborted && traitsOf(cause.reason).circuit === 'nothing') return cause;
  const provider = lastInterrupted(call)?.provider ?? '';
  return new GatewayError(
    ErrorReason.STREAM_INTERRUPTED,
    `The stream broke after content had been sent; what was sent is incomplete. ${cause.message}`,
    { cause, metadata: { ...cause.details.metadata, provider } },
  );
}
