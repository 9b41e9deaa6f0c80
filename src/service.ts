import { randomUUID } from 'node:crypto';
import { createCatalogue } from './catalogue/catalogue.ts';
import { createCompletion } from './completion/complete.ts';
import { createConcurrencyLimit } from './completion/concurrency-limit.ts';
import { countLookUps } from './completion/count-look-ups.ts';
import { createEmbedding } from './completion/embed.ts';
import type { AnswerCache, Now, Policy } from './completion/ports.ts';
import type { Config, ProviderConfig } from './config/config.ts';
import { createContents } from './content/contents.ts';
import { adminService, providerStatus } from './grpc/handlers/admin.ts';
import { completionService } from './grpc/handlers/completion.ts';
import { embeddingService } from './grpc/handlers/embeddings.ts';
import { modelService } from './grpc/handlers/models.ts';
import { servicesToCome } from './grpc/handlers/not-yet.ts';
import { createGrpcServer } from './grpc/server.ts';
import { createAuthenticator } from './policy/authenticate.ts';
import { limitConcurrency } from './policy/limit-concurrency.ts';
import { createProvider } from './providers/registry.ts';
import { createActivity } from './routing/activity.ts';
import { type CircuitState, createBreaker } from './routing/breaker.ts';
import { createCooldowns } from './routing/cooldowns.ts';
import { providerFull } from './routing/enter-provider.ts';
import { createRetryBudget } from './routing/retry-budget.ts';
import { createRouter } from './routing/router.ts';
import { createRoutes } from './routing/routes.ts';
import type { Upstream } from './routing/target.ts';
import { createMemoryAnswerCache } from './storage/memory/answer-cache.ts';
import { createRedisAnswerCache } from './storage/redis/answer-cache.ts';
import { createRedisConnection, type RedisConnection } from './storage/redis/connection.ts';
import type { Log, LogSink } from './telemetry/log.ts';
import { createRedactor } from './telemetry/redact.ts';
import { createTelemetry } from './telemetry/setup.ts';

/** What a test may put in the place of the real thing. */
export interface ServiceOverrides {
  now?: Now;
  /** From 0, below 1. */
  random?: () => number;
  logSink?: LogSink;
}

/** A gateway: everything that one process runs, put together. */
export interface Service {
  start(): Promise<{ address: string; metricsAddress: string | undefined }>;
  /** Lets running calls finish within the configured limit, then closes everything. Never rejects. */
  stop(): Promise<void>;
  readonly log: Log;
}

/**
 * Puts the parts together; nothing but the metrics is served before `start`. The only place that knows them all.
 *
 * @throws GatewayError where metrics cannot be served.
 */
export async function createService(config: Config, overrides: ServiceOverrides = {}): Promise<Service> {
  const { now = Date.now, random = Math.random, logSink } = overrides;
  const telemetry = await createTelemetry({
    config: config.telemetry,
    metricsAddress: config.server.metricsAddress,
    redact: createRedactor(config.secrets),
    now,
    ...(logSink && { logSink }),
  });
  await using undo = new AsyncDisposableStack();
  undo.defer(() => telemetry.shutdown());
  const { log } = telemetry;

  const upstreams = new Map<string, Upstream>();
  for (const provider of config.providers) upstreams.set(provider.name, await openUpstream(provider));
  const catalogue = await createCatalogue({ config, now });
  const routes = createRoutes({ upstreams, models: config.models, catalogue, now, random });
  telemetry.knowModels(knownModels(config));
  const concurrency = limitConcurrency({
    config: config.server.concurrency,
    random,
    now: neverBack,
  });
  telemetry.observe({
    queuedCalls: () => concurrency.status().queued,
    providers: () => [...upstreams.values()].map(providerStatus),
  });

  const redis = config.redis && createRedisConnection({ config: config.redis, now, log });
  const { cache, counts: lookUps } = countLookUps(openCache(redis));
  const router = createRouter({
    routes,
    catalogue,
    retryBudget: createRetryBudget({ config: config.retryBudget, now }),
    now,
    random,
  });
  const contents = createContents(config);
  // In the order in which they are asked.
  const policies: Policy[] = [concurrency];
  const completion = createCompletion({
    policies,
    cache,
    cacheConfig: config.cache,
    router,
    contents,
    now,
  });

  const authenticate = createAuthenticator(config);
  const server = createGrpcServer({
    config: config.server,
    services: [
      completionService({ completion, authenticate, newId: () => `cmpl-${randomUUID()}`, now }),
      embeddingService({
        embedding: createEmbedding({ policies, router, contents, now }),
        authenticate,
        newId: () => `embd-${randomUUID()}`,
        now,
      }),
      modelService({ routes, catalogue, contents, authenticate }),
      adminService({ upstreams, cache, lookUps, authenticate, now }),
      ...servicesToCome,
    ],
    providers: [...upstreams.keys()],
    observer: telemetry,
    log,
    now,
  });

  undo.move();
  return {
    log,
    async start() {
      try {
        const { address } = await server.start();
        return { address, metricsAddress: telemetry.metricsAddress };
      } catch (error) {
        // What is open already, Redis and the metrics, would keep the process from ending.
        await stop();
        throw error;
      }
    },
    stop,
  };

  async function stop(): Promise<void> {
    await server.stop();
    await cache.close();
    await redis?.close();
    for (const { provider, breaker } of upstreams.values()) {
      breaker.close();
      await provider.close();
    }
    await telemetry.shutdown();
  }

  async function openUpstream(provider: ProviderConfig): Promise<Upstream> {
    const execution = { ...config.execution, ...provider.execution };
    const { name, breaker, concurrency } = provider;
    const connectTimeoutMs = longestConnectTimeout(name, execution.connectTimeoutMs);
    return {
      provider: await createProvider({ config: provider, connectTimeoutMs, now }),
      breaker: createBreaker({
        name,
        config: breaker,
        now,
        onChange: (state) => circuitChanged(name, state),
      }),
      cooldowns: createCooldowns({ provider: name, maxMs: breaker.maxResetTimeoutMs, now }),
      places:
        concurrency &&
        createConcurrencyLimit({ config: concurrency, refuse: () => providerFull(name), now: neverBack }),
      activity: createActivity({ windowMs: breaker.rollingCountTimeoutMs, now }),
      execution,
    };
  }

  function circuitChanged(provider: string, state: CircuitState): void {
    telemetry.circuitChanged(provider, state);
    server.setProviderHealth(provider, state === 'closed' ? 'SERVING' : 'NOT_SERVING');
  }

  /** A provider's targets share its connections. */
  function longestConnectTimeout(provider: string, ownMs: number): number {
    const targets = [...config.models.values()].flatMap(({ targets }) => targets);
    const ofTargets = targets.filter((target) => target.provider === provider);
    return Math.max(ownMs, ...ofTargets.map(({ execution }) => execution.connectTimeoutMs ?? 0));
  }

  function openCache(redis: RedisConnection | undefined): AnswerCache {
    if (!redis || !config.redis) return createMemoryAnswerCache({ ...config.cache, now });
    const { keyPrefix } = config.redis;
    return createRedisAnswerCache({ redis, keyPrefix, staleTtlMs: config.cache.staleTtlMs, now, log });
  }
}

/** The wall clock may be set back, and those who wait in line would wait for it to catch up. */
const neverBack: Now = () => performance.now();

function knownModels({ models }: Config): string[] {
  return [...models.values()].flatMap(({ name, targets }) => [
    name,
    ...targets.flatMap(({ provider, model }) => [model, `${provider}/${model}`]),
  ]);
}
