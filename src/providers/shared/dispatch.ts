import type { Agent, Dispatcher } from 'undici';
import { ConnectTimeout } from './connect-timeout.ts';
import { createLeanResponse, readFailedResponse } from './response.ts';
import { createResponseBody, type WritableResponseBody } from './response-body.ts';

/** How long a request is waited for, and who hears that it is over. */
export interface Waiting {
  signal: AbortSignal | undefined;
  connectTimeoutMs: number;
  /** Called once: when all of the response has arrived, or nobody waits for it any more. */
  onOver(): void;
}

/**
 * Sends a request. Rejects as `fetch` does, with the signal's reason, or for want of a connection with a
 * {@link ConnectTimeout} as the cause.
 *
 * It stands beside `agent.request()`, which measured the same (interleaved, CPU per unary call 36 us to 35, per stream
 * of 100 events 117 to 116; global fetch 154 per unary call), for what a stream object does not do: an abort rejects
 * while the connection is still being opened, and what came before a break is read.
 */
export function dispatch(
  agent: Agent,
  request: Dispatcher.DispatchOptions,
  { signal, connectTimeoutMs, onOver }: Waiting,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    let connection: Dispatcher.DispatchController | undefined;
    let body: WritableResponseBody | undefined;
    let opening: NodeJS.Timeout | undefined;
    let isOver = false;

    const end = () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(opening);
      signal?.removeEventListener('abort', abort);
      onOver();
    };
    const abort = () => {
      body?.fail(signal?.reason, { dropUnread: true });
      reject(signal?.reason);
      connection?.abort(abortError(signal));
      end();
    };
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });

    agent.dispatch(request, {
      onRequestStart(controller) {
        // undici cannot take back a request that has no connection yet. To throw ends it, and leaves the connection,
        // open at last, to the next request.
        if (isOver) throw new Error('Nobody waits for the answer any more.');
        clearTimeout(opening);
        connection = controller;
      },
      onResponseStart(controller, status, headers, statusText = '') {
        if (status < 200) return;
        body = createResponseBody({ connection: controller, onEnd: end });
        const head = { status, statusText, headers, url: `${request.origin}${request.path}` };
        // A LeanResponse has what the SDKs use of a Response, not all of it.
        if (status < 300) return resolve(createLeanResponse(head, body) as unknown as Response);
        readFailedResponse(head, body).then(resolve, reject);
      },
      onResponseData(_controller, chunk) {
        body?.push(chunk);
      },
      onResponseEnd() {
        body?.end();
      },
      onResponseError(_controller, error) {
        end();
        if (body) return body.fail(new TypeError('terminated', { cause: error }));
        reject(new TypeError('fetch failed', { cause: error }));
      },
    });
    if (!connection && !isOver) opening = setTimeout(giveUp, connectTimeoutMs);

    function giveUp(): void {
      end();
      reject(new TypeError('fetch failed', { cause: new ConnectTimeout(connectTimeoutMs) }));
    }
  });
}

function abortError(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal?.reason });
}
