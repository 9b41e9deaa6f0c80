import { z } from 'zod';
import { parseOtlpEndpoint } from './addresses.ts';
import { budgets } from './budget-schema.ts';
import { checkResetTimes } from './check-reset-times.ts';
import { parseEncryptionKey } from './encryption.ts';
import { breaker, type concurrency, execution, retryBudget } from './execution-schema.ts';
import {
  age,
  besideOtherFaults,
  byteSize,
  duration,
  durationOrZero,
  field,
  mapping,
  oneOf,
  text,
  wholeNumber,
  yesOrNo,
} from './fields.ts';
import type { Files } from './files.ts';
import { checkCertificates, keys } from './key-schema.ts';
import { aliasName, createModelSchema } from './model-schema.ts';
import { prices } from './price-schema.ts';
import { provider, providerName } from './provider-schema.ts';
import { createServerSchema, redis } from './server-schema.ts';

export type ConfigFile = z.output<ReturnType<typeof createFileSchema>>;
export type ExecutionKeys = z.output<typeof execution>;
export type BreakerKeys = z.output<typeof breaker>;
export type ConcurrencyKeys = z.output<z.ZodObject<typeof concurrency>>;
export type Variables = z.output<typeof variablesSchema>;

/** The configuration file: which keys there are and what may stand under them. `values` tells its provider names. */
export function createFileSchema({ values, files }: { values: unknown; files: Files }) {
  const providers = providerNames(values);
  const file = mapping({
    server: createServerSchema(files).exactOptional(),
    redis: redis.exactOptional(),
    providers: z.record(providerName, provider, 'expected a mapping of names to providers.'),
    models: z.record(aliasName, createModelSchema(providers), 'expected a mapping of names to models.'),
    execution: execution.exactOptional(),
    breaker: breaker.exactOptional(),
    retryBudget: retryBudget.exactOptional(),
    cache: cache.exactOptional(),
    auth: oneOf(['none']).exactOptional(),
    keys: keys.exactOptional(),
    budgets: budgets.exactOptional(),
    usage: createUsageSchema(files).exactOptional(),
    telemetry: telemetry.exactOptional(),
    prices: prices.exactOptional(),
  });
  return file
    .superRefine(checkResetTimes, besideOtherFaults)
    .superRefine(checkCertificates, besideOtherFaults);
}

const secret = z.string().exactOptional();

/** Secrets that the vendors' SDKs take from the environment themselves. */
const sdkSecrets = z.object({
  AWS_ACCESS_KEY_ID: secret,
  AWS_SECRET_ACCESS_KEY: secret,
  AWS_SESSION_TOKEN: secret,
  AWS_BEARER_TOKEN_BEDROCK: secret,
  AWS_CONTAINER_AUTHORIZATION_TOKEN: secret,
  AZURE_CLIENT_SECRET: secret,
  AZURE_CLIENT_CERTIFICATE_PASSWORD: secret,
});
export const sdkSecretNames = sdkSecrets.keyof().options;

/** What OpenTelemetry's exporter sends along: mostly the key of whoever takes the traces. */
const otlpHeaders = z.object({
  OTEL_EXPORTER_OTLP_HEADERS: secret,
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: secret,
});
export const otlpHeaderNames = otlpHeaders.keyof().options;

/** Kept as it was written, for redaction. */
const encryptionKey = field<string>((input) => {
  const parsed = parseEncryptionKey(input);
  return 'value' in parsed ? { value: String(input) } : parsed;
});

const otlpProtocol = oneOf(['http/protobuf', 'http/json'], ['grpc']);

/** The variables that are read for themselves; others are ignored, being none of ours. */
export const variablesSchema = z.object({
  SLUICE_ENCRYPTION_KEY: encryptionKey.exactOptional(),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).exactOptional(),
  OTEL_SERVICE_NAME: text('expected a name.').exactOptional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: field(parseOtlpEndpoint).exactOptional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: field(parseOtlpEndpoint).exactOptional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: otlpProtocol.exactOptional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: otlpProtocol.exactOptional(),
  OTEL_SDK_DISABLED: z.string().exactOptional(),
  ...sdkSecrets.shape,
  ...otlpHeaders.shape,
});

const cache = mapping({
  enabled: yesOrNo().exactOptional(),
  ttl: duration.exactOptional(),
  staleTtl: durationOrZero.exactOptional(),
  maxEntries: wholeNumber(1, 10_000_000).exactOptional(),
  maxBytes: byteSize.exactOptional(),
});

function createUsageSchema({ locate }: Files) {
  const file = field<string>((input) => {
    if (typeof input !== 'string' || input === '')
      return { remedy: 'expected the path of a file, or stdout.' };
    return { value: input === 'stdout' ? input : locate(input) };
  });
  return mapping({
    retention: age.exactOptional(),
    maxRecords: wholeNumber(1, 10_000_000).exactOptional(),
    audit: mapping({
      file,
      maxSize: byteSize.exactOptional(),
      maxFiles: wholeNumber(1, 1_000).exactOptional(),
    }).exactOptional(),
  });
}

const telemetry = mapping({
  serviceName: text('expected a name.').exactOptional(),
  captureContent: yesOrNo().exactOptional(),
});

function providerNames(values: unknown): string[] {
  if (typeof values !== 'object' || values === null || !('providers' in values)) return [];
  return Object.keys(Object(values.providers)).filter((name) => providerName.safeParse(name).success);
}
