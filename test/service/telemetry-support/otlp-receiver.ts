import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { decodeSpans, type ReceivedSpan } from './decode-spans.ts';

/** An OTLP/HTTP collector that keeps what it is sent. */
export interface OtlpReceiver extends AsyncDisposable {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  /** Every span received so far. */
  readonly spans: readonly ReceivedSpan[];
  /** How often it was called, and with what. */
  readonly requests: readonly { path: string; contentType: string | undefined }[];
  /** The one span of this name; throws where there is none or more than one. */
  span(name: string): ReceivedSpan;
}

/** Opens an {@link OtlpReceiver} on a free port. `status` is what it answers; default 200. */
export async function openOtlpReceiver({ status = 200 } = {}): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const requests: { path: string; contentType: string | undefined }[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    requests.push({ path: request.url ?? '', contentType: request.headers['content-type'] });
    if (status === 200) spans.push(...decodeSpans(body));
    response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end();
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    requests,
    span(name) {
      const [found, ...others] = spans.filter((span) => span.name === name);
      if (found && others.length === 0) return found;
      throw new Error(`expected one span "${name}" among: ${spans.map((span) => span.name).join(', ')}`);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
