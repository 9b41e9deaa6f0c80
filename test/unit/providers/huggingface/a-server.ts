import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Answered {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** A server of one's own on a free port, which answers as it is told, an object as JSON. */
export async function startServer(
  answer: (asked: Asked) => Answered,
): Promise<AsyncDisposable & { url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const { method = '', url = '', headers } = request;
    const one = { method, url, headers, body: Buffer.concat(pieces).toString() };
    asked.push(one);
    const { status = 200, headers: own, body } = answer(one);
    const [type, text] =
      typeof body === 'string' ? ['text/event-stream', body] : ['application/json', JSON.stringify(body)];
    response.writeHead(status, { 'content-type': type, ...own }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
