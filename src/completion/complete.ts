import type { CacheConfig } from '../config/config.ts';
import type { CompleteResponse } from '../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { CacheStatus } from '../gen/sluice/v1/execution.ts';
import { answerOrStale } from './answer-or-stale.ts';
import { cacheKey } from './cache-key.ts';
import { planCaching } from './caching.ts';
import { checkAccess } from './check-access.ts';
import { GatewayError } from './error.ts';
import type {
  AnswerCache,
  Call,
  Close,
  Contents,
  GuardedRoute,
  Now,
  Policy,
  Router,
  Show,
  StoredAnswer,
} from './ports.ts';
import { replay } from './replay.ts';
import { openSettlement } from './settlement.ts';
import { validateRequest } from './validation/validate-request.ts';

/** What Sluice does. */
export interface Completion {
  /**
   * Lives one call, unary or streamed, from validation to settlement: shows its events as they come, and returns the
   * whole answer that they amount to. `call.abort` ends it early, and settles it all the same.
   *
   * @throws GatewayError, after settlement.
   */
  run(call: Call, show: Show): Promise<CompleteResponse>;
}

export function createCompletion({
  policies,
  close,
  cache,
  cacheConfig,
  router,
  contents,
  now,
}: {
  /** In the order in which they are asked. */
  policies: readonly Policy[];
  close: Close;
  cache: AnswerCache;
  cacheConfig: CacheConfig;
  router: Router;
  contents: Contents;
  now: Now;
}): Completion {
  return {
    async run(call, show) {
      await using settlement = openSettlement({ call, close, now });
      try {
        validateRequest(call.request);
        checkAccess(call.caller, call.request);
        const route = router.resolve(call.request);
        await settlement.admit(policies, route);
        const guarded = contents.guard(call, route);
        await answer(call, guarded, (events) => show(settlement.pass(events)));
        return settlement.answer();
      } catch (thrown) {
        throw settlement.failed(thrown);
      }

      /**
       * A stored answer where the call may have one, else a provider's, stored for the next call; where no provider has
       * one, the stored answer all the same, marked stale.
       */
      async function answer(call: Call, route: GuardedRoute, show: Show): Promise<void> {
        const caching = planCaching(call.request.cache, cacheConfig);
        if (!caching.read && !caching.write) return route.answer(call, show);
        const key = cacheKey(call, route);
        let stored: StoredAnswer | undefined;
        if (caching.read) {
          const askedAt = now();
          stored = await cache.get(key);
          call.cacheStatus = stored?.fresh ? CacheStatus.HIT : CacheStatus.MISS;
          call.telemetry.cacheLookedUp(call.cacheStatus, now() - askedAt);
          if (stored?.fresh) {
            call.savedNanoUsd = stored.answer.cost?.nanoUsd ?? 0;
            return show(replay(call, stored.answer));
          }
          if (!caching.write) throw notCached();
        }
        settlement.store((answer) => cache.set(key, answer, caching.ttlMs));
        return stored ? answerOrStale(call, { route, stored, show, now }) : route.answer(call, show);
      }
    },
  };
}

function notCached(): GatewayError {
  return new GatewayError(
    ErrorReason.NOT_CACHED,
    'cache.mode is CACHE_MODE_ONLY and no answer to this request is stored, or only one past its time.',
  );
}
