import type { CacheConfig } from '../config/config.ts';
import type { CompleteResponse } from '../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { CacheStatus } from '../gen/sluice/v1/execution.ts';
import { answerOrStale } from './answer-or-stale.ts';
import { cacheKey } from './cache-key.ts';
import { type Caching, planCaching } from './caching.ts';
import { checkAccess } from './check-access.ts';
import { GatewayError } from './error.ts';
import type { LookUps } from './look-ups.ts';
import type { AnswerCache, CacheKey, StoredAnswer } from './ports/cache.ts';
import type { Call } from './ports/call.ts';
import type { Contents, GuardedRoute } from './ports/contents.ts';
import type { Show } from './ports/events.ts';
import type { Now } from './ports/now.ts';
import type { Close, Policy } from './ports/policy.ts';
import type { Router } from './ports/route.ts';
import { replay } from './replay.ts';
import { openSettlement, type Settlement } from './settlement.ts';
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
  gate,
  policies,
  close,
  cache,
  lookUps,
  cacheConfig,
  router,
  contents,
  now,
}: {
  /** Asked by itself: until it has let a call in, nothing more is done for it. */
  gate: Policy;
  /** In the order in which they are asked. */
  policies: readonly Policy[];
  close: Close;
  cache: AnswerCache;
  lookUps: Pick<LookUps, 'note'>;
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
        await settlement.admit([gate], route);
        const guarded = contents.guard(call, route);
        const caching = planCaching(call.request.cache, cacheConfig);
        const key = caching.read || caching.write ? cacheKey(call, guarded) : undefined;
        // Begun before the policies are asked, since a shared store answers both in one round trip.
        const looking = key && caching.read ? lookUp(key) : undefined;
        await settlement.admit(policies, guarded);
        await answer(call, { route: guarded, settlement, caching, key, looking, show });
        return settlement.answer();
      } catch (thrown) {
        throw settlement.failed(thrown);
      }
    },
  };

  async function lookUp(key: CacheKey): Promise<LookedUp> {
    const askedAt = now();
    const stored = await cache.get(key);
    return { stored, tookMs: now() - askedAt };
  }

  /**
   * A stored answer where the call may have one, else a provider's, stored for the next call; where no provider has one,
   * the stored answer all the same, marked stale.
   */
  async function answer(
    call: Call,
    { route, settlement, caching, key, looking, show }: Answering,
  ): Promise<void> {
    const pass: Show = (events) => show(settlement.pass(events));
    if (!key) return route.answer(call, pass);
    let stored: StoredAnswer | undefined;
    if (looking) {
      const found = await looking;
      stored = found.stored;
      lookUps.note(stored);
      call.cacheStatus = stored?.fresh ? CacheStatus.HIT : CacheStatus.MISS;
      call.telemetry.cacheLookedUp(call.cacheStatus, found.tookMs);
      if (stored?.fresh) {
        call.savedNanoUsd = stored.answer.cost?.nanoUsd ?? 0;
        return pass(replay(call, stored.answer));
      }
      if (!caching.write) throw notCached();
    }
    settlement.store((answer) => cache.set(key, answer, caching.ttlMs));
    return stored ? answerOrStale(call, { route, stored, show: pass, now }) : route.answer(call, pass);
  }
}

/** What answering a call that was let in takes. */
interface Answering {
  route: GuardedRoute;
  settlement: Settlement;
  caching: Caching;
  /** Undefined where the cache is not used. */
  key: CacheKey | undefined;
  /** Undefined where the cache is not asked. */
  looking: Promise<LookedUp> | undefined;
  show: Show;
}

interface LookedUp {
  stored: StoredAnswer | undefined;
  tookMs: number;
}

function notCached(): GatewayError {
  return new GatewayError(
    ErrorReason.NOT_CACHED,
    'cache.mode is CACHE_MODE_ONLY and no answer to this request is stored, or only one past its time.',
  );
}
