import { CohereClientV2, CohereError } from 'cohere-ai';
import type { Sdk } from '../shared/sdk-request.ts';

/**
 * Creates what {@link Sdk} asks for out of Cohere's SDK, which builds a request only to send it: its public `fetch`
 * puts authentication and its own headers to a request, and is given a `fetch` that keeps it.
 */
export function createSdk({ baseUrl, apiKey }: { baseUrl: string; apiKey: string | undefined }): Sdk {
  return {
    client: {
      async buildRequest({ method, path }) {
        const built: Headers[] = [];
        const client = new CohereClientV2({
          // An empty one sends no key, and keeps the SDK from looking into the environment for it.
          token: apiKey ?? '',
          maxRetries: 0,
          fetch: async (_url, init) => {
            built.push(new Headers(init?.headers));
            return new Response();
          },
        });
        const url = `${baseUrl}${path}`;
        await client.fetch(url, { method: method.toUpperCase(), headers: HEADERS[method] });
        const [headers] = built;
        if (!headers) throw new Error('The SDK of Cohere made no request.');
        // Its telemetry tells of a language and a version that are none of the vendor's concern.
        for (const name of [...headers.keys()]) if (name.startsWith('x-fern-')) headers.delete(name);
        return { req: { headers }, url };
      },
    },
    toError: (status, body, text, headers) =>
      new CohereError({
        statusCode: status,
        body: body ?? text,
        rawResponse: { headers, status, statusText: '', url: '', redirected: false, type: 'default' },
      }),
  };
}

const HEADERS = {
  get: { accept: '*/*' },
  post: { accept: '*/*', 'content-type': 'application/json' },
};
