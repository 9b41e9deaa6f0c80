import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { AggregationTemporality, InstrumentType, type MetricProducer } from '@opentelemetry/sdk-metrics';
import { GatewayError } from '../completion/error.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';

/** Serves metrics to Prometheus, at `/metrics`. */
export interface MetricsEndpoint {
  readonly reader: PrometheusExporter;
  /** `host:port`, with the port that was really taken. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Opens a {@link MetricsEndpoint} on `host:port`, which also shows what `metricProducers` collect. The exporter's own server is not used, since it
 * takes port 0 for 9464 and never tells which port it got.
 *
 * @throws GatewayError where the address is malformed or taken.
 */
export async function openMetricsEndpoint(
  address: string,
  ...metricProducers: MetricProducer[]
): Promise<MetricsEndpoint> {
  const { host, port } = parseAddress(address);
  const reader = new PrometheusExporter({ preventServerStart: true, metricProducers });
  // Otherwise a gauge would go on showing what is not observed any more, such as a provider that is gone.
  reader.selectAggregationTemporality = (type) =>
    type === InstrumentType.OBSERVABLE_GAUGE
      ? AggregationTemporality.DELTA
      : AggregationTemporality.CUMULATIVE;
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    reader.getMetricsRequestHandler(request, response);
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
  });
  server.listen({ host, port });
  await once(server, 'listening').catch((cause: unknown) => {
    throw cannotListen(address, cause);
  });
  const bound = server.address() as AddressInfo;

  return {
    reader,
    address: `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function parseAddress(address: string): { host: string; port: number } {
  const [, host, port] = /^\[?(.+?)\]?:(\d{1,5})$/.exec(address) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    throw cannotListen(address, new Error('expected host:port, such as 127.0.0.1:9464'));
  }
  return { host, port: Number(port) };
}

function cannotListen(address: string, cause: unknown): GatewayError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new GatewayError(
    ErrorReason.INTERNAL,
    `server.metricsAddress is "${address}", which cannot be listened on (${why}): choose another port, or end the process that has it.`,
    { cause },
  );
}
