import type { IncomingHttpHeaders } from 'node:http';
import type { ResponseBody } from './response-body.ts';

/** A successful response, with what the vendors' SDKs and our adapters use of a `Response`, and nothing else. */
export interface LeanResponse {
  readonly ok: true;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: LeanHeaders;
  readonly body: ResponseBody;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** Headers by name in lower case; repeated ones are joined by a comma, as `Headers` does. */
export interface LeanHeaders extends Iterable<[string, string]> {
  get(name: string): string | null;
  has(name: string): boolean;
  entries(): IterableIterator<[string, string]>;
  forEach(visit: (value: string, name: string) => void): void;
}

/** What precedes the body. */
export interface ResponseHead {
  status: number;
  statusText: string;
  url: string;
  headers: IncomingHttpHeaders;
}

/** How much of an error's body is read; the rest says nothing that the taxonomy uses. */
const MAX_ERROR_BYTES = 1024 * 1024;

/** Statuses for which `Response` takes no body. */
const BODYLESS = new Set([204, 205, 304]);

/** Wraps a response as it arrives; its body is still to be read. */
export function createLeanResponse(head: ResponseHead, body: ResponseBody): LeanResponse {
  const { status, statusText, url } = head;
  return {
    ok: true,
    status,
    statusText,
    url,
    headers: createLeanHeaders(head.headers),
    body,
    text: () => body.text(),
    json: async () => JSON.parse(await body.text()),
  };
}

/** Reads an unsuccessful response to its end, or its first mebibyte, into the `Response` that the SDKs expect. */
export async function readFailedResponse(head: ResponseHead, body: ResponseBody): Promise<Response> {
  // A body that breaks off leaves the status, which says most.
  const text = await body.text({ maxBytes: MAX_ERROR_BYTES }).catch(() => '');
  const { status, url } = head;
  const headers = new Headers([...createLeanHeaders(head.headers)]);
  const response = new Response(BODYLESS.has(status) ? null : text, { status, headers });
  return Object.defineProperty(response, 'url', { value: url });
}

/** The lean side of a 2xx response that came back through an SDK. */
export function leanResponse(response: Response): LeanResponse {
  // SDKs hand back what their `fetch` gave them, and for 2xx that is ours.
  return response as unknown as LeanResponse;
}

/** Whether a response is a stream of server-sent events, by its content type. Some proxies send none: then it may be. */
export function isEventStream({ headers }: LeanResponse): boolean {
  const contentType = headers.get('content-type');
  return contentType === null || /^text\/event-stream\b/i.test(contentType);
}

function createLeanHeaders(headers: IncomingHttpHeaders): LeanHeaders {
  function* entries(): Generator<[string, string], undefined> {
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) yield [name, joined(value)];
    }
  }
  return {
    get(name) {
      const value = headers[name.toLowerCase()];
      return value === undefined ? null : joined(value);
    },
    has: (name) => headers[name.toLowerCase()] !== undefined,
    entries,
    forEach(visit) {
      for (const [name, value] of entries()) visit(value, name);
    },
    [Symbol.iterator]: entries,
  };
}

function joined(value: string | string[]): string {
  return typeof value === 'string' ? value : value.join(', ');
}
