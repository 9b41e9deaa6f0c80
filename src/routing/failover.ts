import { GatewayError, toGatewayError } from '../completion/error.ts';
import type { AnyCall } from '../completion/ports.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { traitsOf } from './reasons.ts';
import type { Target } from './routes.ts';
import { totalLimit } from './time-limits.ts';

/**
 * Tries the targets in order until one answers, within the call's limits on attempts and time.
 *
 * @throws GatewayError of the most telling failure.
 */
export async function failOver<Answer>(
  call: AnyCall,
  targets: readonly Target[],
  attempt: (target: Target) => Promise<Answer>,
): Promise<Answer> {
  const first = targets[0];
  if (!first) throw new Error(`no targets for ${call.request.model}`);
  using _ = limitTotal(call, totalLimit(call.request, first.execution));
  const maxAttempts = call.request.execution?.maxAttempts ?? first.execution.maxAttempts;
  const failures: GatewayError[] = [];
  let tries = 0;

  for (const target of targets) {
    if (tries >= maxAttempts) break;
    try {
      return await attempt(target);
    } catch (thrown) {
      const error = toGatewayError(thrown);
      failures.push(error);
      // A circuit that refuses costs nothing, so it is not one of the call's tries.
      if (error.reason !== ErrorReason.CIRCUIT_OPEN) tries += 1;
      // The call itself is over, by its caller or its total limit: nobody waits for another target.
      if (call.abort.signal.aborted) throw error;
      if (!traitsOf(error.reason).movesOn) break;
    }
  }
  throw mostTelling(failures);
}

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
