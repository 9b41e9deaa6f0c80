import { Agent, type Dispatcher } from 'undici';
import type { Patience } from '../../completion/ports/provider.ts';
import { dispatch } from './dispatch.ts';

/** How one provider is reached over HTTP. */
export interface Transport {
  /**
   * Stands in for the global `fetch`, which costs four times as much, where an SDK has made a request for it. A 2xx answer is a
   * {@link LeanResponse}; any other one is a real `Response`, its body read. Errors are those of `fetch`.
   */
  fetch(input: string | URL | Request, init?: RequestInit, patience?: Patience): Promise<Response>;
  /** Does what {@link fetch} does, for a request that needs no more reading. */
  send(request: OutgoingRequest, patience?: Patience): Promise<Response>;
  /** Closes all connections, once the requests that somebody waits for are over. */
  close(): Promise<void>;
}

/** Where a request goes: an address in the two parts that its connection and its first line need. */
export interface Target {
  origin: string;
  path: string;
}

export interface OutgoingRequest extends Target {
  method: Dispatcher.HttpMethod;
  headers: Record<string, string>;
  body?: string;
}

/** Far above what one process serves: admission is the gateway's business, not a hidden queue's. */
const MAX_CONNECTIONS = 16_384;

/** Below what vendors keep idle connections for, so that few requests meet a connection about to close. */
const KEEP_ALIVE_MS = 30_000;

/** Keeps the pool from giving up before a request does: its timers are half a second off, and its error names no limit. */
const BACKSTOP_MS = 1_000;

/**
 * Creates the one connection pool of a provider. Redirects are not followed: a key must not travel with one.
 *
 * `connectTimeoutMs` is the limit of requests that have none of their own, and no other may be longer. A connection
 * whose request gave up goes on being opened until then, for whoever comes next; nobody waits for it meanwhile, since
 * each request that finds none idle has one opened.
 */
export function createTransport({ connectTimeoutMs }: { connectTimeoutMs: number }): Transport {
  const agent = new Agent({
    connections: MAX_CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: connectTimeoutMs + BACKSTOP_MS },
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The gateway's own timers rule.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  let running = 0;
  let allOver: (() => void) | undefined;

  return {
    fetch: ((input: string | URL, init: RequestInit = {}, patience?: Patience) =>
      ask(
        readRequest(input, init),
        patience?.signal ?? init.signal,
        patience?.connectTimeoutMs,
      )) as Transport['fetch'],
    send: (request, patience) => ask(request, patience?.signal, patience?.connectTimeoutMs),
    async close() {
      if (running > 0) {
        await new Promise<void>((resolve) => {
          allOver = resolve;
        });
      }
      // `agent.close()` would wait for connections that nobody waits for.
      await agent.destroy();
    },
  };

  function ask(
    request: Dispatcher.DispatchOptions,
    signal: AbortSignal | null | undefined,
    limitMs = connectTimeoutMs,
  ): Promise<Response> {
    running += 1;
    return dispatch(agent, request, {
      signal: signal ?? undefined,
      connectTimeoutMs: limitMs,
      onOver() {
        running -= 1;
        if (running === 0) allOver?.();
      },
    });
  }
}

/** Takes an address apart. */
export function targetOf(url: string | URL): Target {
  const { origin, pathname, search } = new URL(url);
  return { origin, path: pathname + search };
}

function readRequest(input: string | URL, init: RequestInit): Dispatcher.DispatchOptions {
  const { method = 'GET', headers, body = null } = init;
  return {
    ...targetOf(input),
    method,
    headers: Array.isArray(headers) ? Object.fromEntries(headers) : (headers ?? null),
    // The SDKs send text and bytes; undici refuses what it does not know.
    body: body as string | Uint8Array | null,
  };
}
