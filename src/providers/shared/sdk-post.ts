import { type LeanResponse, leanResponse } from './response.ts';
import { type Transport, targetOf } from './transport.ts';

/** What the SDKs of OpenAI and Anthropic, which one generator wrote, have in common. All of it is public. */
export interface Sdk {
  client: {
    buildRequest(options: {
      method: 'post';
      path: string;
      body: object;
    }): Promise<{ req: { headers: Headers }; url: string }>;
  };
  /** Makes the SDK's error for a response that is none of success; `body` is its JSON, if it is any. */
  toError(status: number, body: object | undefined, text: string | undefined, headers: Headers): Error;
}

/** Sends a JSON body to the path that it was made for. Rejects with the SDK's error, or with what the transport threw. */
export type SdkPost = (body: object, signal: AbortSignal) => Promise<LeanResponse>;

/**
 * Creates the way to ask one path of a vendor's API. The SDK builds the request, but once: its address and headers,
 * with the key and the version of the API, are the same for all. Built by `client.post()` each time, they and the
 * SDK's own time-out and log cost two to four times what sending the request does.
 */
export function createSdkPost({
  sdk,
  path,
  transport,
}: {
  sdk: Sdk;
  path: string;
  transport: Transport;
}): SdkPost {
  let building: ReturnType<typeof build> | undefined;

  return async (body, signal) => {
    building ??= build();
    const { target, headers } = await building;
    const response = await transport.send(
      { ...target, method: 'POST', headers, body: JSON.stringify(body) },
      signal,
    );
    if (!response.ok) throw await failure(response);
    return leanResponse(response);
  };

  async function build() {
    const { req, url } = await sdk.client.buildRequest({ method: 'post', path, body: {} });
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

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
