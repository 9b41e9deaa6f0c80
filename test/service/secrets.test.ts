import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { openOtlpReceiver } from './telemetry-support/otlp-receiver.ts';

const canary = 'canary-7f3a9c51d2e84b60';

/** A provider that answers an error which quotes whatever it was sent, keys included, or redirects to itself. */
async function startEcho(redirect: boolean) {
  const seen: { url: string; headers: string }[] = [];
  const server = createServer((request, response) => {
    const headers = JSON.stringify(request.headers);
    seen.push({ url: request.url ?? '', headers });
    const location = { location: '/elsewhere' };
    response.writeHead(redirect ? 307 : 401, {
      'content-type': 'application/json',
      ...(redirect && location),
    });
    response.end(JSON.stringify({ error: { message: `bad key: ${headers}`, type: headers, code: headers } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.each(['openai', 'anthropic', 'google'])('the key of %s', (kind) => {
  it.each(['unary', 'streamed'])(
    'is in a header, and nowhere else, though the provider quotes it: %s',
    async (mode) => {
      await using collector = await openOtlpReceiver();
      await using echo = await startEcho(false);
      const gateway = await startGateway(
        { providers: { p: { kind, apiKey: canary, baseUrl: echo.url } } },
        { variables: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, LOG_LEVEL: 'trace' } },
      );
      const request = { model: 'p/some-model', prompt: 'hello' };
      const { client } = gateway;
      const error = await (mode === 'unary'
        ? client.complete(request)
        : client.stream(request).final()
      ).catch((e) => e);
      const metrics = await (await fetch(gateway.metricsUrl)).text();
      await gateway[Symbol.asyncDispose]();

      expect(error).toMatchObject({ reason: 'PROVIDER_CREDENTIALS_REJECTED', status: 'INTERNAL' });
      expect(echo.seen).toHaveLength(1);
      expect(echo.seen[0]?.headers).toContain(canary);
      expect(echo.seen[0]?.url).not.toContain(canary);
      const told = {
        error: inspect(error, { depth: null }),
        log: gateway.log.join(''),
        metrics,
        spans: inspect(collector.spans, { depth: null }),
      };
      expect(told.log).toContain('completion failed');
      expect(told.spans).toContain('some-model');
      for (const text of Object.values(told)) expect(text).not.toContain(canary);
    },
  );

  it('does not travel along with a redirect', async () => {
    await using echo = await startEcho(true);
    await using gateway = await startGateway({
      providers: { p: { kind, apiKey: canary, baseUrl: echo.url } },
    });
    const error = await gateway.client.complete({ model: 'p/some-model', prompt: 'hello' }).catch((e) => e);
    expect(error).toMatchObject({ reason: 'PROVIDER_RESPONSE_INVALID' });
    expect(echo.seen).toHaveLength(1);
  });
});
