import type { IncomingHttpHeaders } from 'node:http';
import { startHttpServer } from './http-server.ts';

/** A request as a provider's API gets it. */
export interface ApiRequest {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Parsed; undefined where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests know what they sent
  body: any;
}

/** Starts an API on a free port. It answers as it is told to: objects as JSON, texts as a page. */
export async function startApi(
  answer: (request: ApiRequest) => { status?: number; body: object | string },
): Promise<AsyncDisposable & { url: string; requests: ApiRequest[] }> {
  const requests: ApiRequest[] = [];
  const server = await startHttpServer(({ body: text, ...rest }, response) => {
    const request = { ...rest, body: text === '' ? undefined : JSON.parse(text) };
    requests.push(request);
    const { status = 200, body } = answer(request);
    const isPage = typeof body === 'string';
    response.writeHead(status, { 'content-type': isPage ? 'text/html' : 'application/json' });
    response.end(isPage ? body : JSON.stringify(body));
  });
  return { ...server, requests };
}
