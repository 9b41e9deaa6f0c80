import type {
  BreakerConfig,
  CacheConfig,
  ConcurrencyConfig,
  Config,
  ExecutionConfig,
  ModelConfig,
  ProviderConfig,
  ProviderLimitsConfig,
  RedisConfig,
  ServerConfig,
  TelemetryConfig,
  UsageConfig,
} from './config.ts';
import { resolveContent } from './content-schema.ts';
import {
  defaultAudit,
  defaultBreaker,
  defaultCache,
  defaultExecution,
  defaultProviderQueueLength,
  defaultProviderQueueTimeoutMs,
  defaultRedis,
  defaultRetryBudget,
  defaultServer,
  defaultTelemetry,
  defaultUsage,
} from './defaults.ts';
import { resolveBudget, resolveKey } from './resolve-keys.ts';
import {
  type BreakerKeys,
  type ConcurrencyKeys,
  type ConfigFile,
  type ExecutionKeys,
  otlpHeaderNames,
  sdkSecretNames,
  type Variables,
} from './schema.ts';
import { keysInHeaders, passwordsOf } from './secrets.ts';

/**
 * Makes a checked file complete: defaults where nothing is said, and the names that the code uses. What was decrypted for
 * it is secret wherever it stands.
 */
export function resolveConfig(file: ConfigFile, variables: Variables, decrypted: readonly string[]): Config {
  const execution = { ...defaultExecution, ...resolveExecution(file.execution) };
  const providers = Object.entries(file.providers).map(([name, said]) =>
    resolveProvider(name, said, file.breaker),
  );
  const redis = file.redis && resolveRedis(file.redis);
  return {
    server: resolveServer(file.server, execution),
    redis,
    providers,
    models: new Map(Object.entries(file.models).map(([name, said]) => [name, resolveModel(name, said)])),
    execution,
    breaker: resolveBreaker(file.breaker),
    retryBudget: { ...defaultRetryBudget, ...present(file.retryBudget ?? {}) },
    cache: resolveCache(file.cache),
    auth: file.auth ?? 'loopback',
    keys: (file.keys ?? []).map(resolveKey),
    budgets: (file.budgets ?? []).map(resolveBudget),
    usage: resolveUsage(file.usage),
    telemetry: resolveTelemetry(file.telemetry, variables),
    prices: new Map(Object.entries(file.prices ?? {})),
    secrets: [...new Set([...secretsOf(providers, redis, variables), ...decrypted])],
  };
}

function resolveServer(said: ConfigFile['server'] = {}, execution: ExecutionConfig): ServerConfig {
  const { metricsAddress = defaultServer.metricsAddress, tls } = said;
  return {
    ...defaultServer,
    // A call must be able to use its whole time on a connection that has come of age.
    maxConnectionAgeGraceMs: execution.totalTimeoutMs,
    ...present({
      address: said.address,
      drainTimeoutMs: said.drainTimeout,
      maxMessageBytes: said.maxMessageSize,
      keepaliveTimeMs: said.keepaliveTime,
      keepaliveTimeoutMs: said.keepaliveTimeout,
      maxConnectionAgeMs: said.maxConnectionAge,
      maxConnectionAgeGraceMs: said.maxConnectionAgeGrace,
      reflection: said.reflection,
    }),
    concurrency: { ...defaultServer.concurrency, ...resolveConcurrency(said) },
    metricsAddress: metricsAddress === 'off' ? undefined : metricsAddress,
    tls: tls && { clientCaFile: undefined, ...tls },
  };
}

function resolveRedis({ url, commandTimeout, keyPrefix }: NonNullable<ConfigFile['redis']>): RedisConfig {
  return {
    urls: [url].flat(),
    cluster: Array.isArray(url),
    ...defaultRedis,
    ...present({ commandTimeoutMs: commandTimeout, keyPrefix }),
  };
}

function resolveProvider(
  name: string,
  said: ConfigFile['providers'][string],
  generalBreaker: BreakerKeys | undefined,
): ProviderConfig {
  const { kind, apiKey, baseUrl, api = 'chat', prefill, apiVersion, region, execution, breaker } = said;
  const { accessKeyId, secretAccessKey, sessionToken } = said;
  return {
    name,
    kind,
    apiKey,
    baseUrl,
    api,
    prefill,
    apiVersion,
    region,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken } : undefined,
    execution: resolveExecution(execution),
    breaker: resolveBreaker({ ...generalBreaker, ...breaker }),
    limits: providersLimits(said),
    concurrency:
      said.maxConcurrency === undefined ? undefined : providersConcurrency(said.maxConcurrency, said),
  };
}

function resolveModel(
  name: string,
  { strategy = 'priority', affinity = 'none', targets, content }: ConfigFile['models'][string],
): ModelConfig {
  return {
    name,
    strategy,
    affinity,
    targets: targets.map(({ provider, model, weight = 1, execution }) => ({
      provider,
      model,
      weight,
      execution: resolveExecution(execution),
    })),
    content: resolveContent(content),
  };
}

function resolveExecution(said: Partial<ExecutionKeys> = {}): Partial<ExecutionConfig> {
  return present({
    connectTimeoutMs: said.connectTimeout,
    firstContentTimeoutMs: said.firstContentTimeout,
    idleTimeoutMs: said.idleTimeout,
    responseTimeoutMs: said.responseTimeout,
    totalTimeoutMs: said.totalTimeout,
    wholeAnswerTokens: said.wholeAnswerTokens,
    defaultMaxOutputTokens: said.defaultMaxOutputTokens,
    maxAttempts: said.maxAttempts,
    maxRetryDelayMs: said.maxRetryDelay,
    midStream: said.midStream,
    unsupportedParameters: said.unsupportedParameters,
  });
}

function resolveBreaker(said: BreakerKeys = {}): BreakerConfig {
  const breaker = {
    ...defaultBreaker,
    ...present({
      errorThresholdPercentage: said.errorThresholdPercentage,
      volumeThreshold: said.volumeThreshold,
      rollingCountTimeoutMs: said.rollingCountTimeout,
      resetTimeoutMs: said.resetTimeout,
      maxResetTimeoutMs: said.maxResetTimeout,
    }),
  };
  // Whoever asks for a longer time than the limit has asked for that.
  return { ...breaker, maxResetTimeoutMs: Math.max(breaker.resetTimeoutMs, breaker.maxResetTimeoutMs) };
}

function resolveConcurrency(said: ConcurrencyKeys): Partial<ConcurrencyConfig> {
  return present({
    maxConcurrency: said.maxConcurrency,
    maxQueueLength: said.maxQueueLength,
    queueTimeoutMs: said.queueTimeout,
  });
}

function providersConcurrency(maxConcurrency: number, said: ConcurrencyKeys): ConcurrencyConfig {
  return {
    maxConcurrency,
    maxQueueLength: maxConcurrency,
    queueTimeoutMs: defaultProviderQueueTimeoutMs,
    ...resolveConcurrency(said),
  };
}

function providersLimits({
  limits = {},
  ...said
}: ConfigFile['providers'][string]): ProviderLimitsConfig | undefined {
  if (Object.keys(limits).length === 0) return undefined;
  const {
    maxConcurrency = defaultProviderQueueLength,
    maxQueueLength = maxConcurrency,
    queueTimeout = defaultProviderQueueTimeoutMs,
  } = said;
  return { ...limits, maxQueueLength, queueTimeoutMs: queueTimeout };
}

function resolveCache({
  ttl,
  staleTtl,
  enabled,
  maxEntries,
  maxBytes,
}: NonNullable<ConfigFile['cache']> = {}): CacheConfig {
  return { ...defaultCache, ...present({ enabled, ttlMs: ttl, staleTtlMs: staleTtl, maxEntries, maxBytes }) };
}

function resolveUsage({ retention, maxRecords, audit }: NonNullable<ConfigFile['usage']> = {}): UsageConfig {
  return {
    ...defaultUsage,
    ...present({ retentionMs: retention, maxRecords }),
    audit: audit && {
      ...defaultAudit,
      file: audit.file,
      ...present({ maxBytes: audit.maxSize, maxFiles: audit.maxFiles }),
    },
  };
}

function resolveTelemetry(
  { serviceName, captureContent }: NonNullable<ConfigFile['telemetry']> = {},
  variables: Variables,
): TelemetryConfig {
  const endpoint = variables.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? variables.OTEL_EXPORTER_OTLP_ENDPOINT;
  return {
    ...defaultTelemetry,
    ...present({
      serviceName: variables.OTEL_SERVICE_NAME ?? serviceName,
      captureContent,
      logLevel: variables.LOG_LEVEL,
      otlpProtocol: variables.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? variables.OTEL_EXPORTER_OTLP_PROTOCOL,
      otlpEndpoint: variables.OTEL_SDK_DISABLED?.toLowerCase() === 'true' ? undefined : endpoint,
    }),
  };
}

function secretsOf(
  providers: readonly ProviderConfig[],
  redis: RedisConfig | undefined,
  variables: Variables,
): string[] {
  const secrets = [
    ...providers.flatMap(({ apiKey, credentials }) => [apiKey, ...Object.values(credentials ?? {})]),
    ...passwordsOf(redis?.urls ?? []),
    ...sdkSecretNames.map((name) => variables[name]),
    variables.SLUICE_ENCRYPTION_KEY,
    ...otlpHeaderNames.flatMap((name) => keysInHeaders(variables[name] ?? '')),
    ...passwordsOf([
      variables.OTEL_EXPORTER_OTLP_ENDPOINT ?? '',
      variables.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? '',
    ]),
  ];
  return secrets.filter((secret) => secret !== undefined);
}

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Leaves out what is not said, so that spreading it over defaults keeps them. */
function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
