import { toGatewayError } from '../completion/error.ts';
import type { AnyCall } from '../completion/ports/call.ts';
import type { Now } from '../completion/ports/now.ts';
import { isTry } from '../completion/tries.ts';
import { totalTokens } from '../completion/usage.ts';
import type { Asked } from './order/ordering.ts';
import type { Taken } from './provider-rates.ts';
import { estimateTokens } from './quote.ts';
import { skip } from './skip.ts';
import type { Target } from './target.ts';

/**
 * Takes a request and its tokens from what a provider may be asked for in a minute, for one attempt; undefined where that has
 * no limit. When the attempt is over, what it used takes the place of the estimate; where it never was made, all is given back.
 *
 * @throws GatewayError GATEWAY_OVERLOADED where the limit is reached, and waiting is no use; `call.attempts` tells of the
 *   skipped target.
 */
export function takeRates(
  call: AnyCall,
  target: Target,
  { request, mayQueue, now }: { request: Asked; mayQueue: boolean; now: Now },
): Promise<Disposable> | Disposable | undefined {
  const { rates } = target;
  if (!rates) return undefined;
  const { signal } = call.abort;
  const taking = rates.take(estimateTokens(request), { mayQueue, signal, leftMs: call.deadline - now() });
  return taking instanceof Promise ? taking.then(corrected, skipped) : corrected(taking);

  function corrected(taken: Taken): Disposable {
    const before = call.attempts.length;
    return {
      [Symbol.dispose]() {
        const attempt = call.attempts.slice(before).find(({ outcome }) => isTry(outcome));
        taken.correct(attempt ? 1 : 0, totalTokens(attempt?.usage));
      },
    };
  }

  function skipped(thrown: unknown): never {
    if (!signal.aborted) skip(call, target, toGatewayError(thrown), now());
    throw thrown;
  }
}
