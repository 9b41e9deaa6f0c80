import { z } from 'zod';
import { parseOtlpEndpoint } from './addresses.ts';
import { checkResetTimes } from './check-reset-times.ts';
import { breaker, type concurrency, execution, retryBudget } from './execution-schema.ts';
import {
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
  const file = mapping(
    {
      server: createServerSchema(files).exactOptional(),
      redis: redis.exactOptional(),
      providers: z.record(providerName, provider, 'expected a mapping of names to providers.'),
      models: z.record(aliasName, createModelSchema(providers), 'expected a mapping of names to models.'),
      execution: execution.exactOptional(),
      breaker: breaker.exactOptional(),
      retryBudget: retryBudget.exactOptional(),
      cache: cache.exactOptional(),
      auth: oneOf(['none']).exactOptional(),
      telemetry: telemetry.exactOptional(),
      prices: prices.exactOptional(),
    },
    ['keys'],
  );
  return file.superRefine(checkResetTimes, {
    // Faults elsewhere in the file do not hide these.
    when: ({ value }) => typeof value === 'object' && value !== null,
  });
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

const otlpProtocol = oneOf(['http/protobuf', 'http/json'], ['grpc']);

/** The variables that are read for themselves; others are ignored, being none of ours. */
export const variablesSchema = z.object({
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

const telemetry = mapping({
  serviceName: text('expected a name.').exactOptional(),
  captureContent: yesOrNo().exactOptional(),
});

function providerNames(values: unknown): string[] {
  if (typeof values !== 'object' || values === null || !('providers' in values)) return [];
  return Object.keys(Object(values.providers)).filter((name) => providerName.safeParse(name).success);
}
