import type { CacheConfig } from '../config/config.ts';
import type { CompleteResponse } from '../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { CacheStatus } from '../gen/sluice/v1/execution.ts';
import { cacheKey } from './cache-key.ts';
import { planCaching } from './caching.ts';
import { GatewayError } from './error.ts';
import type { AnswerCache, Call, CompletionEvents, Now, Policy, Route, Router } from './ports.ts';
import { replay } from './replay.ts';
import { openSettlement } from './settlement.ts';
import { validateRequest } from './validation/validate-request.ts';

/** The events of a call, and, once they are through, the whole answer that they amount to. */
export type CompletionRun = AsyncGenerator<CompletionEvents, CompleteResponse>;

/** What Sluice does. */
export interface Completion {
  /**
   * Lives one call, unary or streamed, from validation to settlement. Leaving early, by the generator's `return`
   * or by `call.abort`, settles it all the same.
   *
   * @throws GatewayError, after settlement.
   */
  run(call: Call): CompletionRun;
}

export function createCompletion({
  policies,
  cache,
  cacheConfig,
  router,
  now,
}: {
  /** In the order in which they are asked. */
  policies: readonly Policy[];
  cache: AnswerCache;
  cacheConfig: CacheConfig;
  router: Router;
  now: Now;
}): Completion {
  return {
    async *run(call) {
      await using settlement = openSettlement({ call, now });
      try {
        validateRequest(call.request);
        for (const policy of policies) settlement.owe(policy.name, await policy.admit(call));
        const route = router.resolve(call.request.model);
        for await (const events of await findAnswer(call, route)) yield settlement.pass(events);
        return settlement.answer();
      } catch (thrown) {
        throw settlement.failed(thrown);
      }

      /** A stored answer where the call may have one, else a provider's, stored for the next call. */
      async function findAnswer(call: Call, route: Route): Promise<AsyncIterable<CompletionEvents>> {
        const caching = planCaching(call.request.cache, cacheConfig);
        if (!caching.read && !caching.write) return route.answer(call);
        const key = cacheKey(call, route.targets);
        if (caching.read) {
          const askedAt = now();
          const stored = await cache.get(key);
          call.cacheStatus = stored ? CacheStatus.HIT : CacheStatus.MISS;
          call.telemetry.cacheLookedUp(call.cacheStatus, now() - askedAt);
          if (stored) return replay(call, stored);
          if (!caching.write) throw notCached();
        }
        settlement.store((answer) => cache.set(key, answer, caching.ttlMs));
        return route.answer(call);
      }
    },
  };
}

function notCached(): GatewayError {
  return new GatewayError(
    ErrorReason.NOT_CACHED,
    'cache.mode is CACHE_MODE_ONLY and no answer to this request is stored.',
  );
}
