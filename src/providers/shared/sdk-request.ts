import { byModel } from '../../completion/by-model.ts';
import type { Patience } from '../../completion/ports/provider.ts';
import { isObject } from './json.ts';
import { type LeanResponse, leanResponse } from './response.ts';
import { type Target, type Transport, targetOf } from './transport.ts';

/** What the SDKs of OpenAI and Anthropic, which one generator wrote, have in common. All of it is public. */
export interface Sdk {
  client: {
    buildRequest(options: {
      method: 'get' | 'post';
      path: string;
      body?: object;
    }): Promise<{ req: { headers: Headers }; url: string }>;
  };
  /** Makes the SDK's error for a response that is none of success; `body` is its JSON, if it is any. */
  toError(status: number, body: object | undefined, text: string | undefined, headers: Headers): Error;
  /** Headers that change over time, such as a token; they replace those that the client wrote. Default none. */
  authorize?: ((signal: AbortSignal) => Promise<Record<string, string>>) | undefined;
  /** Whether addresses depend on the body's `model`, as those of Azure's deployments do. Default false. */
  addressedByModel?: boolean | undefined;
}

/**
 * Asks the path that it was made for, with a JSON body where it is a POST. Rejects with the SDK's error, or with what
 * the transport threw.
 */
export type SdkRequest = (body: object | undefined, patience: Patience) => Promise<LeanResponse>;

/** What is the same for all requests to one address. */
interface Built {
  target: Target;
  headers: Record<string, string>;
}

/**
 * Creates the way to ask one path of a vendor's API. The SDK builds the request, but once: its address and headers,
 * with the key and the version of the API, are the same for all. Built by `client.post()` each time, they and the
 * SDK's own time-out and log cost two to four times what sending the request does.
 */
export function createSdkRequest({
  sdk,
  method,
  path,
  transport,
}: {
  sdk: Sdk;
  method: 'get' | 'post';
  path: string;
  transport: Transport;
}): SdkRequest {
  const build = byModel(buildOnce);

  return async (body, patience) => {
    const { target, headers } = await build(sdk.addressedByModel ? modelIn(body) : '');
    const fresh = sdk.authorize ? { ...headers, ...(await sdk.authorize(patience.signal)) } : headers;
    const response = await transport.send(
      { ...target, method: VERBS[method], headers: fresh, ...(body && { body: JSON.stringify(body) }) },
      patience,
    );
    if (!response.ok) throw await failure(response);
    return leanResponse(response);
  };

  async function buildOnce(model: string): Promise<Built> {
    const { req, url } = await sdk.client.buildRequest({
      method,
      path,
      ...(method === 'post' && { body: model ? { model } : {} }),
    });
    // The SDK's telemetry tells of retries, a time-out and a machine that are none of the vendor's concern.
    const headers = [...req.headers].filter(([name]) => !name.startsWith('x-stainless-'));
    return { target: targetOf(url), headers: Object.fromEntries(headers) };
  }

  async function failure(response: Response): Promise<Error> {
    const text = await response.text();
    const body = objectIn(text);
    return sdk.toError(response.status, body, body ? undefined : text, response.headers);
  }
}

const VERBS = { get: 'GET', post: 'POST' } as const;

function modelIn(body: object | undefined): string {
  return isObject(body) && typeof body['model'] === 'string' ? body['model'] : '';
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
