import { context, logs, type Meter, metrics, propagation, type Tracer, trace } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { TelemetryConfig } from '../config/config.ts';
import type { WarnLog } from './bounded-log.ts';
import { describeError } from './log.ts';
import { General } from './names.ts';

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
    ...(otlpEndpoint
      ? { traceExporter: openExporter(otlpEndpoint, otlpProtocol, log) }
      : { spanProcessors: [] }),
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
    tracer: providers.tracer.getTracer('sluice'),
    meter: providers.meter.getMeter('sluice'),
    shutdown: () => sdk.shutdown(),
  };
}

function openExporter(
  otlpEndpoint: string,
  protocol: TelemetryConfig['otlpProtocol'],
  log: WarnLog,
): SpanExporter {
  const url = `${otlpEndpoint.replace(/\/+$/, '').replace(/\/v1\/traces$/, '')}/v1/traces`;
  const exporter = protocol === 'http/json' ? new JsonExporter({ url }) : new ProtobufExporter({ url });
  return {
    export: (spans, done) => exporter.export(spans, (result) => done(reportFailure(result))),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };

  function reportFailure(result: ExportResult): ExportResult {
    if (result.code === ExportResultCode.FAILED) {
      log.warn({ url, error: describeError(result.error, 0) }, 'traces could not be sent');
    }
    return result;
  }
}
