// What the rest of the code sees of the configuration: checked, complete, with durations in milliseconds.

export interface Config {
  server: ServerConfig;
  /** Absent: state is kept in memory. */
  redis: RedisConfig | undefined;
  /** By name, in the order of the file. */
  providers: readonly ProviderConfig[];
  /** Aliases by name. */
  models: ReadonlyMap<string, ModelConfig>;
  execution: ExecutionConfig;
  breaker: BreakerConfig;
  retryBudget: RetryBudgetConfig;
  cache: CacheConfig;
  /** `none`: anonymous calls are taken from anywhere. `loopback`: only from this machine, while there are no keys. */
  auth: 'none' | 'loopback';
  /** Who may call. None: only anonymous callers, as `auth` says. */
  keys: readonly KeyConfig[];
  /** Budgets that hold whichever key is used. */
  budgets: readonly BudgetConfig[];
  usage: UsageConfig;
  telemetry: TelemetryConfig;
  /** What is said of models' sizes and prices: by `provider/model`, or by the provider's own name of the model. */
  prices: ReadonlyMap<string, PriceConfig>;
  /** Every secret that the configuration holds, or the environment for the SDKs, for redaction. Never logged. */
  secrets: readonly string[];
}

export interface ServerConfig {
  /** `host:port`; port 0 picks a free one. Default 127.0.0.1:50051. */
  address: string;
  /** `host:port` of the Prometheus endpoint. Default 127.0.0.1:9464. Undefined switches it off. */
  metricsAddress: string | undefined;
  tls: TlsConfig | undefined;
  /** How long running calls may go on after a stop is asked for. Default 30 s. */
  drainTimeoutMs: number;
  /** Largest message taken or sent. Default 32 MiB. */
  maxMessageBytes: number;
  /** How often an idle connection is pinged. Default 60 s. */
  keepaliveTimeMs: number;
  /** How long a ping may go unanswered. Default 20 s. */
  keepaliveTimeoutMs: number;
  /** Age at which a connection is closed gracefully, so that clients spread anew. Default 30 min. */
  maxConnectionAgeMs: number;
  /** How long calls on such a connection may go on. Default: `execution.totalTimeoutMs`. */
  maxConnectionAgeGraceMs: number;
  /** Whether reflection is served. Default true. */
  reflection: boolean;
  /** The limit on calls in flight in this process. */
  concurrency: ConcurrencyConfig;
}

/** A limit on calls in flight, and the line of those that wait for a place. */
export interface ConcurrencyConfig {
  /** Calls in flight. Default 2,000 for the process, none for a provider. */
  maxConcurrency: number;
  /** Calls that may wait. Default 200 for the process; for a provider as many as may be in flight. */
  maxQueueLength: number;
  /** How long one may wait. Default 100 ms for the process, 1 s for a provider. */
  queueTimeoutMs: number;
}

export interface TlsConfig {
  certFile: string;
  keyFile: string;
  /** Present: callers must show a certificate of this authority (mutual TLS). */
  clientCaFile: string | undefined;
}

export interface RedisConfig {
  /** One `redis://` or `rediss://` address, or the start nodes of a cluster. */
  urls: readonly string[];
  /** Whether the addresses are start nodes of a cluster: `redis.url` is a list, if only of one. */
  cluster: boolean;
  /** Limit on one command. Default 40 ms, so that a call never waits more than 50 ms for Redis. */
  commandTimeoutMs: number;
  /** Prefix of every key. Default `sluice`. */
  keyPrefix: string;
}

/** A caller: what it shows, what it may, and how much. */
export interface KeyConfig {
  /** Stands in logs, traces and usage records. */
  name: string;
  /** SHA-256 of each of its keys, in lower-case hexadecimal; several while one is rotated. */
  digests: readonly string[];
  /** Names of a client's certificate (mutual TLS), any of which stands for a key. */
  certificates: readonly string[];
  /** Models that it may ask for, as it asks for them; `*` stands for any text. Default all. */
  models: readonly string[];
  /** Methods that it may call, such as `StreamComplete`. Undefined: all but AdminService's. */
  methods: readonly string[] | undefined;
  /** Whether it may call AdminService, and see everybody's usage. Default false. */
  admin: boolean;
  /** For all calls of the key together. */
  limits: LimitsConfig;
  /** For the calls of each end user of the key. */
  endUserLimits: LimitsConfig;
  budgets: readonly BudgetConfig[];
  /** What its calls may say, and what becomes of it. */
  content: ContentConfig;
}

/** What is absent is not limited. */
export interface LimitsConfig {
  /** As many may come at once; then they refill evenly. */
  requestsPerMinute?: number;
  /** Input and output together: estimated before a call, corrected after it. */
  tokensPerMinute?: number;
  /** Calls in flight. */
  concurrency?: number;
}

/**
 * What a provider is asked for at most, by all processes that share the accounts, and the line of those that wait for it.
 * What is absent is not limited.
 */
export interface ProviderLimitsConfig extends Pick<LimitsConfig, 'requestsPerMinute' | 'tokensPerMinute'> {
  /** Calls of this process that may wait. Default: as many as may be in flight there, or 100. */
  maxQueueLength: number;
  /** How long one may wait. Default 1 s. */
  queueTimeoutMs: number;
}

/** A limit on spending. */
export interface BudgetConfig {
  /**
   * Who shares it: all calls of the key, or of the gateway where it stands at the top; or each end user, or each value of a
   * label, by itself.
   */
  for: 'all' | 'endUser' | 'label';
  /** The label whose values have a budget each, where it is for those. */
  label: string | undefined;
  /** Billionths of a US dollar. */
  amountNanoUsd: number;
  /** By the calendar, in UTC. */
  per: 'day' | 'month';
  /** Whether calls run while Redis, where it is kept, cannot be asked. Default deny. */
  onStoreFailure: 'allow' | 'deny';
  /** What becomes of the reservation of a call whose process died. Default charge. */
  onLostCall: 'charge' | 'release';
  /** Whether models run whose price is not known, and which it cannot hold. Default deny. */
  unpriced: 'allow' | 'deny';
}

export interface UsageConfig extends KeptUsage {
  /** Undefined: none is written. */
  audit: AuditConfig | undefined;
}

/** How much is kept of what was used. */
export interface KeptUsage {
  /** For how long usage records are kept. Default 35 days. */
  retentionMs: number;
  /** Limit on the records held in memory, where there is no Redis. Default 100,000. */
  maxRecords: number;
}

/** Where usage records are written as lines of JSON. */
export interface AuditConfig {
  /** Path of the file, or `stdout`. */
  file: string;
  /** Size at which a new file is begun. Default 100 MiB. */
  maxBytes: number;
  /** Files that are kept beside the current one. Default 10. */
  maxFiles: number;
}

/** What can be found in texts and kept from providers. */
export const redactable = ['email', 'phone', 'card', 'iban', 'secret'] as const;

/** What is kept from providers, what is refused, what is mended. Where a key and a model say something, both hold. */
export interface ContentConfig {
  /** Kinds of values that do not go to a provider, in the order of {@link redactable}. Default none. */
  redact: readonly (typeof redactable)[number][];
  /** The country by whose rules phone numbers without a country code are looked for. Undefined: they are not. */
  phoneRegion: string | undefined;
  /** Whether such values are put back where the answer repeats their placeholders. Default false. */
  restore: boolean;
  /** Limit on the text of a request, in bytes of UTF-8. Undefined: none. */
  maxInputBytes: number | undefined;
  /** What becomes of a request that seems to override its system message. Default off: it is not looked at. */
  injection: 'off' | 'flag' | 'block';
  /** From this score on, of 0 to 1, it seems so. Default 0.8. */
  injectionThreshold: number;
  /** Whether a model is asked once more where its answer is not the JSON that was asked for. Default false. */
  repairJson: boolean;
}

/** Nothing is done. Here, since callers and models of all origins have it. */
export const noContentPolicy: ContentConfig = {
  redact: [],
  phoneRegion: undefined,
  restore: false,
  maxInputBytes: undefined,
  injection: 'off',
  injectionThreshold: 0.8,
  repairJson: false,
};

/** The kinds of provider that there are adapters for. */
export type ProviderKind =
  | 'demo'
  | 'openai'
  | 'anthropic'
  | 'google'
  | 'azure-openai'
  | 'cohere'
  | 'bedrock'
  | 'huggingface'
  | 'openai-compatible';

export interface ProviderConfig {
  name: string;
  kind: ProviderKind;
  apiKey: string | undefined;
  /** Where requests go. Undefined: the vendor's own address. */
  baseUrl: string | undefined;
  /** Which of OpenAI's APIs is spoken. Default chat. */
  api: 'chat' | 'responses' | 'completions';
  /**
   * OpenAI-compatible: whether chat models go on with an answer that the request begins. Undefined: as far as the address
   * tells, which for a server of one's own is no.
   */
  prefill: boolean | undefined;
  /** Azure OpenAI: version of its dated API. Undefined: the undated one, under `/openai/v1`. */
  apiVersion: string | undefined;
  /** Bedrock: such as `us-east-1`. */
  region: string | undefined;
  /** Bedrock: a key of one's own. Undefined: the default chain of AWS credentials. */
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string | undefined } | undefined;
  /** What of {@link ExecutionConfig} is said for this provider. */
  execution: Partial<ExecutionConfig>;
  breaker: BreakerConfig;
  /** Undefined: no limit on what is asked of it. */
  limits: ProviderLimitsConfig | undefined;
  /** Undefined: no limit on calls in flight. */
  concurrency: ConcurrencyConfig | undefined;
}

export interface ModelConfig {
  name: string;
  /** Which target is asked first. Default priority: in the order of the file. */
  strategy: 'priority' | 'weighted' | 'fastest' | 'cheapest';
  /** Whether calls of one end user go to one target while it is well, for its prompt cache. Default none. */
  affinity: 'none' | 'endUser';
  targets: readonly TargetConfig[];
  /** What may be said to it, and what becomes of it. */
  content: ContentConfig;
}

export interface TargetConfig {
  provider: string;
  /** The provider's own name of the model. */
  model: string;
  /** Share of the calls, beside the other targets' weights, where the strategy is `weighted`. Default 1. */
  weight: number;
  /** What of {@link ExecutionConfig} is said for this target. */
  execution: Partial<ExecutionConfig>;
}

export interface ExecutionConfig {
  /** Limit on opening a connection to the provider. Default 5 s. */
  connectTimeoutMs: number;
  /** Limit on the time to the first content, per attempt. Default 30 s; 5 min where the target reasons. */
  firstContentTimeoutMs: number | undefined;
  /** Limit on the silence between two events of a stream. Default 20 s. */
  idleTimeoutMs: number;
  /** Limit on a whole answer. Default 60 s. */
  responseTimeoutMs: number;
  /** Limit on the whole call. Default 10 min. */
  totalTimeoutMs: number;
  /** Up to this many output tokens a unary call asks for a whole answer instead of a stream. Default 1024. */
  wholeAnswerTokens: number;
  /** Output limit for vendors that insist on one. Default 4096. */
  defaultMaxOutputTokens: number;
  /** Limit on attempts over all targets. Default 3. */
  maxAttempts: number;
  /** What a call may wait in all before it asks again: for a backoff, or as long as a provider said. Default 10 s. */
  maxRetryDelayMs: number;
  /** What to do when a stream breaks after content was shown. Default fail. */
  midStream: 'fail' | 'restart' | 'continue';
  /** What to do with a parameter that the model does not take. Default drop. */
  unsupportedParameters: 'drop' | 'reject';
}

export interface BreakerConfig {
  /** Opens above this share of failed attempts, in percent. Default 50. */
  errorThresholdPercentage: number;
  /** Never opens on fewer attempts than this in the window. Default 5. */
  volumeThreshold: number;
  /** The window. Default 10 s. */
  rollingCountTimeoutMs: number;
  /** How long an open circuit refuses before it lets one probe through. Default 15 s. */
  resetTimeoutMs: number;
  /** What that time grows to, doubling, while probes fail. Default 25 s, or `resetTimeoutMs` where that is longer. */
  maxResetTimeoutMs: number;
}

/** Bounds what the whole process asks again, so that an outage does not double the traffic. */
export interface RetryBudgetConfig {
  /** Retries allowed for a hundred first attempts. Default 20. */
  percentage: number;
  /** Retries allowed each second beside those, for processes with few calls. Default 1. */
  minPerSecond: number;
}

/** A model's sizes in tokens, and prices in billionths of a US dollar for a million tokens. */
export interface PriceConfig {
  /** Input and output together. Absent: what the catalogue knows. */
  contextWindow?: number;
  /** Upper bound on output. Absent: what the catalogue knows. */
  maxOutputTokens?: number;
  /** Absent: the catalogue's prices hold. Otherwise none of them does. */
  inputPrice?: number;
  /** Absent beside an input price: not known, as for models that only embed. */
  outputPrice?: number;
  /** Absent beside an input price: that one. */
  cacheReadPrice?: number;
  /** Absent beside an input price: that one. */
  cacheWritePrice?: number;
}

export interface CacheConfig {
  /** Whether requests that say nothing use the cache. Default true. */
  enabled: boolean;
  /** How long an answer may be replayed. Default 1 h. */
  ttlMs: number;
  /** How old an answer may be that is served, marked stale, when every provider fails. Default 24 h; 0 for never. */
  staleTtlMs: number;
  /** Limit on answers held in memory. Default 10,000. */
  maxEntries: number;
  /** Limit on the bytes of answers held in memory. Default 256 MiB. */
  maxBytes: number;
}

export interface TelemetryConfig {
  /** Default `sluice`. */
  serviceName: string;
  /** Whether prompts and answers are recorded on spans. Default false. */
  captureContent: boolean;
  /** Where traces go, from `OTEL_EXPORTER_OTLP_ENDPOINT`; undefined: tracing is off. */
  otlpEndpoint: string | undefined;
  /** What traces are sent as, from `OTEL_EXPORTER_OTLP_PROTOCOL`. Default `http/protobuf`. */
  otlpProtocol: 'http/protobuf' | 'http/json';
  /** Level of the log, from `LOG_LEVEL`. Default `info`. */
  logLevel: string;
}
