import type {
  AuditConfig,
  BreakerConfig,
  CacheConfig,
  ExecutionConfig,
  RedisConfig,
  RetryBudgetConfig,
  ServerConfig,
  TelemetryConfig,
  UsageConfig,
} from './config.ts';
import { providersOfEnvironment } from './providers-of-environment.ts';

const seconds = 1_000;
const minutes = 60 * seconds;
const mebibytes = 2 ** 20;

export const defaultServer: ServerConfig = {
  address: '127.0.0.1:50051',
  metricsAddress: '127.0.0.1:9464',
  tls: undefined,
  drainTimeoutMs: 30 * seconds,
  maxMessageBytes: 32 * mebibytes,
  keepaliveTimeMs: 60 * seconds,
  keepaliveTimeoutMs: 20 * seconds,
  maxConnectionAgeMs: 30 * minutes,
  maxConnectionAgeGraceMs: 10 * minutes,
  reflection: true,
  concurrency: { maxConcurrency: 2_000, maxQueueLength: 200, queueTimeoutMs: 100 },
};

/** A provider's limit has no default, and its line is as long as the limit. */
export const defaultProviderQueueTimeoutMs = 1 * seconds;

/** Where a provider has a limit on rates only, which says nothing of how many may wait. */
export const defaultProviderQueueLength = 100;

export const defaultRedis: Omit<RedisConfig, 'urls' | 'cluster'> = {
  commandTimeoutMs: 40,
  keyPrefix: 'sluice',
};

export const defaultExecution: ExecutionConfig = {
  connectTimeoutMs: 5 * seconds,
  // What holds depends on whether the request asks for reasoning.
  firstContentTimeoutMs: undefined,
  idleTimeoutMs: 20 * seconds,
  responseTimeoutMs: 60 * seconds,
  totalTimeoutMs: 10 * minutes,
  wholeAnswerTokens: 1024,
  defaultMaxOutputTokens: 4096,
  maxAttempts: 3,
  maxRetryDelayMs: 10 * seconds,
  midStream: 'fail',
  unsupportedParameters: 'drop',
};

export const defaultBreaker: BreakerConfig = {
  errorThresholdPercentage: 50,
  volumeThreshold: 5,
  rollingCountTimeoutMs: 10 * seconds,
  resetTimeoutMs: 15 * seconds,
  // With the probe's own time, a recovered provider is back in use within 30 s.
  maxResetTimeoutMs: 25 * seconds,
};

export const defaultRetryBudget: RetryBudgetConfig = { percentage: 20, minPerSecond: 1 };

export const defaultCache: CacheConfig = {
  enabled: true,
  ttlMs: 60 * minutes,
  staleTtlMs: 24 * 60 * minutes,
  maxEntries: 10_000,
  maxBytes: 256 * mebibytes,
};

export const defaultUsage: UsageConfig = {
  retentionMs: 35 * 24 * 60 * minutes,
  maxRecords: 100_000,
  audit: undefined,
};

export const defaultAudit: Omit<AuditConfig, 'file'> = { maxBytes: 100 * mebibytes, maxFiles: 10 };

export const defaultTelemetry: TelemetryConfig = {
  serviceName: 'sluice',
  captureContent: false,
  otlpEndpoint: undefined,
  otlpProtocol: 'http/protobuf',
  logLevel: 'info',
};

/**
 * Adds the providers and models that need not be said. A file that names no providers has those that are in the
 * environment; `demo` is there always, unless the file gives that name to something else.
 */
export function withDefaultEntries(document: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (!isMapping(document)) return document;
  const { providers = providersOfEnvironment(variables), models = {} } = document;
  const allProviders = withDemoProvider(providers);
  return { ...document, providers: allProviders, models: withDemoAlias(models, allProviders) };
}

function withDemoProvider(providers: unknown): unknown {
  if (!isMapping(providers) || 'demo' in providers) return providers;
  return { demo: builtInDemo, ...providers };
}

/** It fails on demand: who tests with that must not have its circuit refuse whoever else asks, and there is nobody to spare. */
const builtInDemo = { kind: 'demo', breaker: { volumeThreshold: 1_000_000 } };

function withDemoAlias(models: unknown, providers: unknown): unknown {
  if (!isMapping(models) || 'demo' in models || !isMapping(providers)) return models;
  const { demo } = providers;
  const { kind } = isMapping(demo) ? demo : {};
  if (kind !== 'demo') return models;
  return { demo: { targets: [{ provider: 'demo', model: 'demo' }] }, ...models };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
