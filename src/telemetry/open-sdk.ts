import { context, logs, type Meter, metrics, propagation, type Tracer, trace } from '@opentelemetry/api';
import { ExportResultCode, getNumberFromEnv } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK, type NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { TelemetryConfig } from '../config/config.ts';
import type { WarnLog } from './bounded-log.ts';
import { describeError } from './log.ts';
import { General } from './names.ts';
import { type BatchLimits, createSpanBatches } from './otlp/span-batches.ts';
import { createSpanSender } from './otlp/span-sender.ts';

/** Name of the tracer and of the meter. */
export const SCOPE = 'sluice';

/** OpenTelemetry, running. Without a place to send traces to, the tracer does nothing. */
export interface Sdk {
  readonly tracer: Tracer;
  readonly meter: Meter;
  /** Sends what is still waiting. May take as long as the collector makes it wait, and may reject. */
  shutdown(): Promise<void>;
}

export interface SdkOptions {
  serviceName: string;
  /** Base address of an OTLP/HTTP collector; undefined: no traces. */
  otlpEndpoint: string | undefined;
  otlpProtocol: TelemetryConfig['otlpProtocol'];
  metricReader: IMetricReader | undefined;
  log: WarnLog;
}

/** Starts OpenTelemetry. The standard `OTEL_*` variables for sampling, batching, resource and exporter apply. */
export function openSdk({ serviceName, otlpEndpoint, otlpProtocol, metricReader, log }: SdkOptions): Sdk {
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({ [General.SERVICE_NAME]: serviceName }),
    resourceDetectors: [serviceInstanceIdDetector, resourceAttributesEnvDetector, serviceNameEnvDetector],
    ...(otlpEndpoint ? openExport(otlpEndpoint, otlpProtocol, log) : { spanProcessors: [] }),
    metricReaders: metricReader ? [metricReader] : [],
    logRecordProcessors: [],
    instrumentations: [],
    textMapPropagator: null,
  });
  sdk.start();
  const providers = { tracer: trace.getTracerProvider(), meter: metrics.getMeterProvider() };
  // The SDK hands its providers out through the process-wide registry only, where a second service in the same
  // process would find the first one's. Ours are taken from there and the registry is left empty.
  for (const api of [trace, metrics, logs, context, propagation]) api.disable();

  return {
    tracer: providers.tracer.getTracer(SCOPE),
    meter: providers.meter.getMeter(SCOPE),
    shutdown: () => sdk.shutdown(),
  };
}

/** How spans leave the process. */
function openExport(
  otlpEndpoint: string,
  protocol: TelemetryConfig['otlpProtocol'],
  log: WarnLog,
): Partial<NodeSDKConfiguration> {
  const url = `${otlpEndpoint.replace(/\/+$/, '').replace(/\/v1\/traces$/, '')}/v1/traces`;
  const lost = (error: unknown) =>
    log.warn({ url, error: describeError(error, 0) }, 'traces could not be sent');
  if (protocol === 'http/json') {
    const exporter = new JsonExporter({ url });
    return { traceExporter: reporting(exporter, lost) };
  }
  const { send, close } = createSpanSender({ url, report: lost });
  const dropped = (count: number) =>
    log.warn({ url, count }, 'spans were dropped, since the collector is slower than they come');
  return { spanProcessors: [createSpanBatches({ limits: batchLimits(), send, close, dropped })] };
}

function reporting(exporter: SpanExporter, lost: (error: unknown) => void): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.FAILED) lost(result.error);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

/** The standard variables, and the defaults of their specification. */
function batchLimits(): BatchLimits {
  return {
    batchSize: limit('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512),
    queueSize: limit('OTEL_BSP_MAX_QUEUE_SIZE', 2048),
    delayMs: limit('OTEL_BSP_SCHEDULE_DELAY', 5000),
  };

  // As in the SDK, one below 0 counts as unsaid.
  function limit(name: string, otherwise: number): number {
    const said = getNumberFromEnv(name);
    return said === undefined || said < 0 ? otherwise : said;
  }
}
