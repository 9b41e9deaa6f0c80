import { ExportResultCode } from '@opentelemetry/core';
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
} from '@opentelemetry/otlp-exporter-base/node-http';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';

/** Sends encoded spans to a collector, again where it asks for that, within the `OTEL_EXPORTER_OTLP_*` limits. */
export interface SpanSender {
  /** Resolves when the spans are sent or given up; never rejects. */
  send(request: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Creates a {@link SpanSender}. `report` hears of each batch that was lost. */
export function createSpanSender({
  url,
  report,
}: {
  url: string;
  report(error: Error | undefined): void;
}): SpanSender {
  const exporter = createOtlpHttpExportDelegate(
    convertLegacyHttpOptions({ url }, 'TRACES', 'v1/traces', { 'Content-Type': 'application/x-protobuf' }),
    // Spans come serialised already.
    { ...ProtobufTraceSerializer, serializeRequest: (request: Uint8Array) => request },
    'otlp_http_span_exporter',
    // For the SDK's metrics about itself, which are off.
    { name: 'span', countItems: () => 0 },
    undefined,
  );

  return {
    send: (request) =>
      new Promise((resolve) => {
        exporter.export(request, (result) => {
          if (result.code === ExportResultCode.FAILED) report(result.error);
          resolve();
        });
      }),
    close: () => exporter.shutdown(),
  };
}
