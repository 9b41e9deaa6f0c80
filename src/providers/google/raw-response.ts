import { AsyncLocalStorage } from 'node:async_hooks';

/** A request as the SDK would send it. */
interface SdkRequest {
  url: string;
  init: RequestInit;
}

/** Takes the request of the SDK call in whose scope `fetch` is called. */
const scope = new AsyncLocalStorage<(request: SdkRequest) => void>();

let intercepting = false;

// The SDK takes no `fetch` of ours and has no way to its raw response: it calls the global `fetch` and decodes what
// comes back itself, by a regular expression, a tee and a TextDecoder per stream, without headers, and with every
// error flattened into a sentence. So its call runs in a scope in which the global `fetch` hands the finished request
// to us and never answers. See docs/decisions/google-sdk-raw-response.md.

/** Makes the global `fetch` heed {@link rawResponse}. For everybody else it stays what it was. */
export function interceptFetch(): void {
  if (intercepting) return;
  intercepting = true;
  const original = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const take = scope.getStore();
    if (!take) return original(input, init);
    take({ url: String(input), init: init ?? {} });
    return new Promise(() => {});
  };
}

/**
 * Sends what an SDK call would send by `send`, and returns the response as it comes. The SDK waits for an answer in
 * vain; nothing holds on to it, so it is collected with the call.
 */
export async function rawResponse(
  sdkCall: () => Promise<unknown>,
  send: (url: string, init: RequestInit) => Promise<Response>,
): Promise<Response> {
  const { url, init } = await requestOf(sdkCall);
  return send(url, init);
}

function requestOf(sdkCall: () => Promise<unknown>): Promise<SdkRequest> {
  return new Promise((resolve, reject) => {
    const unanswered = () => reject(new Error('The SDK made no request by way of the global fetch.'));
    scope.run(resolve, sdkCall).then(unanswered, reject);
  });
}
