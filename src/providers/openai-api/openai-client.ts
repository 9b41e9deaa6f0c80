import OpenAI from 'openai';

/** Creates the SDK's client for a server that speaks OpenAI's API. It reads no key and no address from the environment. */
export function createOpenAiClient({
  apiKey,
  baseUrl,
  headers,
  query,
}: {
  apiKey: string | undefined;
  baseUrl: string;
  /** Sent with every request; null takes one of the SDK's own away. */
  headers?: Record<string, string | null>;
  /** Goes into every address. */
  query?: Record<string, string>;
}): OpenAI {
  return new OpenAI({
    // The SDK insists on a key, but a server of one's own may want none.
    apiKey: apiKey ?? 'none',
    baseURL: baseUrl,
    logLevel: 'off',
    ...(headers && { defaultHeaders: headers }),
    ...(query && { defaultQuery: query }),
    ...UNREAD,
  });
}

/** Null keeps the SDK from looking into the environment for them. */
export const UNREAD = { organization: null, project: null, adminAPIKey: null, webhookSecret: null };
