import type { Metadata } from '@grpc/grpc-js';

let loading: Promise<typeof import('@opentelemetry/api') | undefined> | undefined;

/** Writes the active trace context, such as `traceparent`, where OpenTelemetry is installed; else does nothing. */
export async function injectTraceContext(metadata: Metadata): Promise<void> {
  // Not at module level: a top-level await would shut out CommonJS programs, which may `require` ES modules.
  loading ??= import('@opentelemetry/api').catch(() => undefined);
  const api = await loading;
  api?.propagation.inject(api.context.active(), metadata, {
    set: (carrier, key, value) => carrier.set(key, value),
  });
}
