import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Provider } from '../../../../src/completion/ports/provider.ts';
import { createCohereProvider } from '../../../../src/providers/cohere/provider.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

export interface ServedRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What a request is answered with. A text goes out as it is, an object as JSON. */
export interface Served {
  status?: number;
  headers?: Record<string, string>;
  body: string | object;
}

/** A server on this machine that answers as the test says. */
export async function startCohereServer(answer: (request: ServedRequest) => Served) {
  const requests: ServedRequest[] = [];
  let connections = 0;
  const server = createServer(async (message, response) => {
    let body = '';
    for await (const piece of message.setEncoding('utf8')) body += piece;
    const { method = '', url = '', headers } = message;
    const request = { method, url, headers, body };
    requests.push(request);
    const { status = 200, headers: more = {}, body: answered } = answer(request);
    const text = typeof answered === 'string' ? answered : JSON.stringify(answered);
    response.writeHead(status, { 'content-type': 'application/json', ...more }).end(text);
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The provider under test, which asks the given address, and closes when it is disposed of. */
export function providerAt(url: string): Provider & AsyncDisposable {
  const provider = createCohereProvider({
    config: providerConfig('cohere', url),
    connectTimeoutMs: 5000,
    now: Date.now,
  });
  return { ...provider, [Symbol.asyncDispose]: () => provider.close() };
}
