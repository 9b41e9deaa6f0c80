import type { LookUpCounts } from '../../completion/count-look-ups.ts';
import { toDuration } from '../../completion/duration.ts';
import type { AnswerCache } from '../../completion/ports.ts';
import {
  AdminServiceService,
  CircuitState,
  type GetCacheStatsResponse,
  type ListProvidersResponse,
  type ProviderStatus,
  type PurgeCacheRequest,
  type PurgeCacheResponse,
} from '../../gen/sluice/v1/admin_service.ts';
import type { Authenticate } from '../../policy/authenticate.ts';
import type { BreakerStatus } from '../../routing/breaker.ts';
import type { Upstream } from '../../routing/routes.ts';
import { bindService, type Service, unimplemented } from '../bind-service.ts';
import type { RpcContext } from '../rpc.ts';

/** Serves AdminService. */
export function adminService({
  upstreams,
  cache,
  lookUps,
  authenticate,
}: {
  upstreams: ReadonlyMap<string, Upstream>;
  cache: AnswerCache;
  lookUps: LookUpCounts;
  authenticate: Authenticate;
}): Service {
  return bindService(AdminServiceService, {
    async listProviders(_request: unknown, context: RpcContext): Promise<ListProvidersResponse> {
      authenticate(context);
      return {
        providers: [...upstreams.values()].map(providerStatus).sort((a, b) => (a.name < b.name ? -1 : 1)),
      };
    },
    async getCacheStats(_request: unknown, context: RpcContext): Promise<GetCacheStatsResponse> {
      authenticate(context);
      return { hitCount: lookUps.hits, missCount: lookUps.misses, savedNanoUsd: lookUps.savedNanoUsd };
    },
    async purgeCache({ model }: PurgeCacheRequest, context: RpcContext): Promise<PurgeCacheResponse> {
      authenticate(context);
      return { purgedCount: await cache.purge(model) };
    },
    checkProvider: unimplemented,
    reloadConfig: unimplemented,
  });
}

/** Tells of a provider what ListProviders and the gauges show. */
export function providerStatus({ provider, breaker, activity }: Upstream): ProviderStatus {
  const { state, nextProbeAt, attempts, failures } = breaker.status();
  const median = activity.medianTimeToFirstContentMs();
  return {
    name: provider.name,
    kind: provider.kind,
    circuit: circuitStates[state],
    nextProbeTime: nextProbeAt === undefined ? undefined : new Date(nextProbeAt),
    inFlightCount: activity.inFlight,
    attemptCount: attempts,
    failureCount: failures,
    medianTimeToFirstContent: median === undefined ? undefined : toDuration(median),
  };
}

const circuitStates = {
  closed: CircuitState.CLOSED,
  open: CircuitState.OPEN,
  'half-open': CircuitState.HALF_OPEN,
} satisfies Record<BreakerStatus['state'], CircuitState>;
