import { toDuration } from '../../completion/duration.ts';
import { GatewayError } from '../../completion/error.ts';
import type { LookUps } from '../../completion/look-ups.ts';
import type { AnswerCache } from '../../completion/ports/cache.ts';
import type { Now } from '../../completion/ports/now.ts';
import {
  AdminServiceService,
  type CheckProviderRequest,
  type CheckProviderResponse,
  CircuitState,
  type GetCacheStatsResponse,
  type ListProvidersResponse,
  type ProviderStatus,
  type PurgeCacheRequest,
  type PurgeCacheResponse,
  type ReloadConfigRequest,
  type ReloadConfigResponse,
} from '../../gen/sluice/v1/admin_service.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import type { BreakerStatus } from '../../routing/breaker.ts';
import { checkProvider } from '../../routing/check-provider.ts';
import type { Upstream } from '../../routing/target.ts';
import { bindService, type Service } from '../bind-service.ts';
import type { Current } from '../current.ts';
import type { CallContext } from '../rpc.ts';

/** Serves AdminService. */
export function adminService({
  current,
  cache,
  lookUps,
  reload,
  now,
}: {
  current: Current<{ upstreams: ReadonlyMap<string, Upstream> }>;
  cache: AnswerCache;
  lookUps: Pick<LookUps, 'hits' | 'misses' | 'savedNanoUsd'>;
  /** Returns what differs, a sentence each. */
  reload: (wish: { validateOnly: boolean; by: { caller: string } }) => Promise<string[]>;
  now: Now;
}): Service {
  return bindService(AdminServiceService, {
    async listProviders(): Promise<ListProvidersResponse> {
      using engine = current();
      return {
        providers: [...engine.upstreams.values()]
          .map(providerStatus)
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      };
    },
    async checkProvider(
      { name }: CheckProviderRequest,
      context: CallContext,
    ): Promise<CheckProviderResponse> {
      using engine = current();
      const upstream = engine.upstreams.get(name);
      if (!upstream) throw unknownProvider(name, [...engine.upstreams.keys()]);
      const askedAt = now();
      const models = await checkProvider(upstream, context.abort.signal);
      return { duration: toDuration(now() - askedAt), models };
    },
    async getCacheStats(): Promise<GetCacheStatsResponse> {
      return { hitCount: lookUps.hits, missCount: lookUps.misses, savedNanoUsd: lookUps.savedNanoUsd };
    },
    async purgeCache({ model }: PurgeCacheRequest): Promise<PurgeCacheResponse> {
      return { purgedCount: await cache.purge(model) };
    },
    async reloadConfig(
      { validateOnly }: ReloadConfigRequest,
      { caller }: CallContext,
    ): Promise<ReloadConfigResponse> {
      return { changes: await reload({ validateOnly, by: { caller: caller.name } }) };
    },
  });
}

function unknownProvider(name: string, known: readonly string[]): GatewayError {
  const shown = name.slice(0, 100);
  return new GatewayError(
    // The contract's only word for something that is not configured.
    ErrorReason.MODEL_NOT_FOUND,
    `name: there is no provider "${shown}"; there are ${known.toSorted().join(', ')}.`,
    { metadata: { provider: shown } },
  );
}

/** Tells of a provider what ListProviders and the gauges show. */
export function providerStatus({ provider, breaker, cooldowns, places, activity }: Upstream): ProviderStatus {
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
    maxConcurrency: places?.status().limit ?? 0,
    queuedCount: places?.status().queued ?? 0,
    cooldowns: cooldowns
      .list()
      .map(({ model, until }) => ({ providerModel: model, endTime: new Date(until) })),
  };
}

const circuitStates = {
  closed: CircuitState.CLOSED,
  open: CircuitState.OPEN,
  'half-open': CircuitState.HALF_OPEN,
} satisfies Record<BreakerStatus['state'], CircuitState>;
