import type { ConcurrencyLimit } from '../completion/concurrency-limit.ts';
import { GatewayError, toGatewayError } from '../completion/error.ts';
import type { AnyCall } from '../completion/ports/call.ts';
import type { Now } from '../completion/ports/now.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { skip } from './skip.ts';
import type { Target } from './target.ts';

/**
 * Takes a place among the calls in flight at a provider that has a limit on them, for as long as the attempt takes;
 * undefined where it has none.
 *
 * @throws GatewayError GATEWAY_OVERLOADED where there is no place, nor in line; `call.attempts` tells of the skipped
 *   target.
 */
export function enterProvider(
  call: AnyCall,
  target: Target,
  { mayQueue, now }: { mayQueue: boolean; now: Now },
): Promise<Disposable> | Disposable | undefined {
  const { places } = target;
  if (!places) return undefined;
  return places.tryEnter() ? placeIn(places) : enter(places);

  async function enter(places: ConcurrencyLimit): Promise<Disposable> {
    try {
      if (!mayQueue) throw providerFull(target.provider.name);
      await places.enter(call.abort.signal);
      return placeIn(places);
    } catch (thrown) {
      if (!call.abort.signal.aborted) skip(call, target, toGatewayError(thrown), now());
      throw thrown;
    }
  }
}

function placeIn(places: ConcurrencyLimit): Disposable {
  return { [Symbol.dispose]: () => places.leave() };
}

/** Why a call is not let to a provider that has as many as it may. */
export function providerFull(provider: string): GatewayError {
  return new GatewayError(
    ErrorReason.GATEWAY_OVERLOADED,
    `${provider} has as many calls in flight as its maxConcurrency allows. Call again, or raise it.`,
    { metadata: { provider } },
  );
}
