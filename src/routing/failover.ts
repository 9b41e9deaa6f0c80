import { GatewayError, toGatewayError } from '../completion/error.ts';
import type { Call, CompletionEvent, CompletionEvents, Now } from '../completion/ports.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { attempt } from './attempt.ts';
import { traitsOf } from './reasons.ts';
import type { Target } from './routes.ts';
import { totalLimit } from './time-limits.ts';

/**
 * Asks the targets in order until one answers. Until the first content is out, moving on is free and invisible; a
 * streamed call that breaks after it fails, while a unary call, whose caller has seen nothing, begins again.
 *
 * Yields `started` with the first content, and ends with `finished`.
 *
 * @throws GatewayError of the most telling failure.
 */
export async function* failOver(
  call: Call,
  targets: readonly Target[],
  now: Now,
): AsyncGenerator<CompletionEvents, void> {
  const first = targets[0];
  if (!first) throw new Error(`no targets for ${call.request.model}`);
  using _ = limitTotal(call, totalLimit(call.request, first.execution));
  const maxAttempts = call.request.execution?.maxAttempts ?? first.execution.maxAttempts;
  const failures: GatewayError[] = [];
  let tries = 0;
  let shown = false;

  for (const target of targets) {
    if (tries >= maxAttempts) break;
    let begun = false;
    try {
      for await (const events of attempt(call, target, now)) {
        yield begun ? events : [beginning(call, target, shown), ...events];
        begun = true;
        shown = true;
      }
      return;
    } catch (thrown) {
      const error = toGatewayError(thrown);
      failures.push(error);
      // A circuit that refuses costs nothing, so it is not one of the call's tries.
      if (error.reason !== ErrorReason.CIRCUIT_OPEN) tries += 1;
      if (begun && call.streamed) throw interruption(call, target, error);
      // The call itself is over, by its caller or its total limit: nobody waits for another target.
      if (call.abort.signal.aborted) throw error;
      if (!traitsOf(error.reason).movesOn) break;
    }
  }
  throw mostTelling(failures);
}

/** What precedes a target's first content: `started`, or that it takes over from one that broke. */
function beginning(call: Call, { provider, model }: Target, takesOver: boolean): CompletionEvent {
  if (!takesOver) {
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
  const failed = call.attempts.at(-1);
  return {
    $case: 'failedOver',
    value: {
      ...(failed && { failed }),
      discardPrevious: true,
      provider: provider.name,
      providerModel: model,
    },
  };
}

function limitTotal(call: Call, limitMs: number): Disposable {
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

function interruption(call: Call, { provider }: Target, cause: GatewayError): GatewayError {
  // The caller's own leaving, and its deadline, are not the provider's breaking.
  if (call.abort.signal.aborted && traitsOf(cause.reason).circuit === 'nothing') return cause;
  return new GatewayError(
    ErrorReason.STREAM_INTERRUPTED,
    `The stream broke after content had been sent; what was sent is incomplete. ${cause.message}`,
    { cause, metadata: { ...cause.details.metadata, provider: provider.name } },
  );
}

function mostTelling(failures: readonly GatewayError[]): GatewayError {
  return failures.reduce((best, failure) => {
    const gain = traitsOf(failure.reason).weight - traitsOf(best.reason).weight;
    if (gain > 0) return failure;
    // Of two that say the same, the one that lets the caller back sooner.
    return gain === 0 && wait(failure) < wait(best) ? failure : best;
  });
}

function wait({ details }: GatewayError): number {
  return details.retryAfterMs ?? Number.POSITIVE_INFINITY;
}
