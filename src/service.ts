import { randomUUID } from 'node:crypto';
import type { Ledger } from './completion/ledger.ts';
import { countLookUps } from './completion/look-ups.ts';
import type { AnswerCache } from './completion/ports/cache.ts';
import type { Now } from './completion/ports/now.ts';
import type { Config } from './config/config.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import { createEngines } from './engine/engines.ts';
import { createReloader, type Reloader } from './engine/reload.ts';
import { createUpstreams } from './engine/upstreams.ts';
import { adminService, providerStatus } from './grpc/handlers/admin.ts';
import { completionService } from './grpc/handlers/completion.ts';
import { embeddingService } from './grpc/handlers/embeddings.ts';
import { modelService } from './grpc/handlers/models.ts';
import { usageService } from './grpc/handlers/usage.ts';
import { createGrpcServer } from './grpc/server.ts';
import { statusName } from './grpc/status.ts';
import { limitConcurrency } from './policy/limit-concurrency.ts';
import type { Breaker, CircuitState } from './routing/breaker.ts';
import { createMemoryAnswerCache } from './storage/memory/answer-cache.ts';
import { createMemoryLedger } from './storage/memory/ledger.ts';
import { createRedisAnswerCache } from './storage/redis/answer-cache.ts';
import { createRedisConnection, type RedisConnection } from './storage/redis/connection.ts';
import { createRedisLedger } from './storage/redis/ledger.ts';
import { describeError, type Log, type LogSink } from './telemetry/log.ts';
import type { Redactor } from './telemetry/redact.ts';
import { createTelemetry } from './telemetry/setup.ts';

/** What a test may put in the place of the real thing. */
export interface ServiceOverrides {
  now?: Now;
  /** From 0, below 1. */
  random?: () => number;
  logSink?: LogSink;
}

export interface ServiceDependencies extends ServiceOverrides {
  first: LoadedConfig;
  /** Reads the configuration again. Throws a ConfigError. */
  read: () => LoadedConfig;
  /** Knows the secrets of the first configuration, and is told those of others before they are used. */
  redactor: Redactor;
}

/** A gateway: everything that one process runs, put together. */
export interface Service extends Pick<Reloader, 'reload'> {
  start(): Promise<{ address: string; metricsAddress: string | undefined }>;
  /** Lets running calls finish within the configured limit, then closes everything. Never rejects. */
  stop(): Promise<void>;
  readonly log: Log;
}

/**
 * Puts the parts together; nothing but the metrics is served before `start`. What depends on the configuration alone is an
 * engine, which may be replaced; the rest is here, and lives as long as the process.
 *
 * @throws GatewayError where metrics cannot be served.
 */
export async function createService({
  first,
  read,
  redactor,
  now = Date.now,
  random = Math.random,
  logSink,
}: ServiceDependencies): Promise<Service> {
  const { config } = first;
  const telemetry = await createTelemetry({
    config: config.telemetry,
    audit: config.usage.audit,
    metricsAddress: config.server.metricsAddress,
    redact: redactor.redact,
    now,
    ...(logSink && { logSink }),
  });
  await using undo = new AsyncDisposableStack();
  undo.defer(() => telemetry.shutdown());
  const { log } = telemetry;

  const concurrency = limitConcurrency({
    config: config.server.concurrency,
    random,
    now: neverBack,
  });
  const redis = config.redis && createRedisConnection({ config: config.redis, now, log });
  undo.defer(() => redis?.close());
  const cache = openCache(redis);
  const lookUps = countLookUps();
  undo.defer(() => cache.close());
  const ledger = openLedger(redis);
  undo.defer(() => ledger.close());
  const local = redis && createMemoryLedger({ usage: config.usage, now });
  const upstreams = createUpstreams({
    rates: { shared: ledger, local: local ?? ledger, unreachable: telemetry.accountsUnreachable },
    now,
    neverBack,
    onCircuit: circuitChanged,
    onCloseFailed: (provider, error) =>
      log.warn({ provider, error: describeError(error) }, 'a provider was not closed properly'),
  });
  undo.defer(() => upstreams.close());
  const accounts = {
    ledger,
    local,
    booked: telemetry.usageBooked,
    budgetSeen: telemetry.budgetSeen,
    unreachable: telemetry.accountsUnreachable,
    statusName,
  };
  const shared = { upstreams, cache, lookUps, concurrency, accounts, now, random };
  const engines = createEngines(await createEngine(config, shared));
  telemetry.knowModels(knownModels(config));
  telemetry.observe({
    queuedCalls: () => concurrency.status().queued,
    providers: () => [...engines.current().upstreams.values()].map(providerStatus),
  });

  const current = engines.enter;
  const server = createGrpcServer({
    config: config.server,
    services: [
      completionService({ current, newId: () => `cmpl-${randomUUID()}`, now }),
      embeddingService({ current, newId: () => `embd-${randomUUID()}`, now }),
      modelService({ current }),
      usageService({ current, ledger, retentionMs: config.usage.retentionMs, now }),
      adminService({ current, cache, lookUps, reload: (wish) => reloader.reload(wish), now }),
    ],
    authenticate: (credentials, method) => engines.current().authenticate(credentials, method),
    providers: [...engines.current().upstreams.keys()],
    observer: telemetry,
    log,
    now,
  });

  const reloader = createReloader({
    first,
    read,
    renewCertificates: server.renewCertificates,
    redact: redactor.redact,
    apply,
    log,
  });
  const opened = undo.move();
  return {
    log,
    reload: reloader.reload,
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
    await reloader.close();
    await opened.disposeAsync();
  }

  async function apply(config: Config): Promise<void> {
    redactor.learn(config.secrets);
    const before = engines.current();
    const engine = await createEngine(config, shared);
    telemetry.knowModels(knownModels(config));
    concurrency.resize(config.server.concurrency);
    server.setDrainTimeout(config.server.drainTimeoutMs);
    engines.replace(engine);
    showHealth(before, engine);
  }

  function showHealth(before: Engine, { upstreams }: Engine): void {
    for (const name of before.upstreams.keys()) {
      if (!upstreams.has(name)) server.removeProviderHealth(name);
    }
    for (const [name, { breaker }] of upstreams) {
      if (before.upstreams.get(name)?.breaker !== breaker)
        server.setProviderHealth(name, healthOf(breaker.status().state));
    }
  }

  function circuitChanged(breaker: Breaker, provider: string, state: CircuitState): void {
    // One that is no longer configured so, and has its last calls, says nothing about its successor.
    if (engines.current().upstreams.get(provider)?.breaker !== breaker) return;
    telemetry.circuitChanged(provider, state);
    server.setProviderHealth(provider, healthOf(state));
  }

  function openLedger(redis: RedisConnection | undefined): Ledger {
    const { usage } = config;
    if (!redis || !config.redis) return createMemoryLedger({ usage, now });
    return createRedisLedger({ redis, keyPrefix: config.redis.keyPrefix, usage, now, log });
  }

  function openCache(redis: RedisConnection | undefined): AnswerCache {
    if (!redis || !config.redis) return createMemoryAnswerCache({ ...config.cache, now });
    const { keyPrefix } = config.redis;
    return createRedisAnswerCache({ redis, keyPrefix, staleTtlMs: config.cache.staleTtlMs, now, log });
  }
}

/** The wall clock may be set back, and those who wait in line would wait for it to catch up. */
const neverBack: Now = () => performance.now();

function healthOf(state: CircuitState): 'SERVING' | 'NOT_SERVING' {
  return state === 'closed' ? 'SERVING' : 'NOT_SERVING';
}

function knownModels({ models }: Config): string[] {
  return [...models.values()].flatMap(({ name, targets }) => [
    name,
    ...targets.flatMap(({ provider, model }) => [model, `${provider}/${model}`]),
  ]);
}
