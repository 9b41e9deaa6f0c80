import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { GatewayError } from '../../completion/error.ts';
import type { Now } from '../../completion/ports/now.ts';
import type { Patience } from '../../completion/ports/provider.ts';
import type { ProviderConfig } from '../../config/config.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { type LeanResponse, leanResponse } from '../shared/response.ts';
import type { Transport } from '../shared/transport.ts';
import { failedResponse } from './map-error.ts';
import { createRequestSigner, escapeText, type Signable } from './sign-request.ts';

/** A request to Bedrock, before it is signed. */
export interface BedrockRequest {
  /** Of Bedrock's two services: the one that runs models, or the one that tells of them. */
  service: 'runtime' | 'control';
  path: string;
  query?: Record<string, string>;
  /** Absent: it is a GET. */
  body?: object;
}

/** Asks Bedrock. Rejects with the GatewayError for an answer that is no success, or with what the transport threw. */
export type SignedRequest = (request: BedrockRequest, patience: Patience) => Promise<LeanResponse>;

/**
 * Creates the way to ask Bedrock, and tells where that is. The SDK knows the addresses of regions, and finds and renews
 * credentials. The rest of its way costs seven times what it does here, so that signing, sending and decoding are ours.
 */
export function createSignedRequest({
  config,
  region,
  transport,
  now,
}: {
  config: ProviderConfig;
  region: string;
  transport: Transport;
  now: Now;
}): { address: string; ask: SignedRequest } {
  const { name: provider, apiKey } = config;
  const client = new BedrockRuntimeClient({
    region,
    maxAttempts: 1,
    ...(config.credentials && { credentials: present(config.credentials) }),
    // Said, to keep the SDK from looking into the environment for them.
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
  });
  const runtime = new URL(config.baseUrl ?? endpointOfRegion(client, region));
  const addresses = { runtime, control: controlAddress(runtime) };
  const sign = createRequestSigner({ region });

  return { address: runtime.href, ask };

  async function ask(
    { service, path, query = {}, body }: BedrockRequest,
    patience: Patience,
  ): Promise<LeanResponse> {
    const { origin, host, pathname } = addresses[service];
    const request = {
      method: body ? 'POST' : 'GET',
      path: pathname.replace(/\/$/, '') + path,
      query: queryText(query),
      headers: { host, ...(body && { 'content-type': 'application/json' }) },
      body: body ? JSON.stringify(body) : '',
    } as const;
    const headers = await unlessAborted(authorize(request), patience.signal);
    const response = await transport.send(
      {
        origin,
        method: request.method,
        path: request.query ? `${request.path}?${request.query}` : request.path,
        headers,
        ...(body && { body: request.body }),
      },
      patience,
    );
    if (!response.ok) throw await failedResponse(response, { provider, region, now });
    return leanResponse(response);
  }

  async function authorize(request: Signable): Promise<Record<string, string>> {
    try {
      const token = config.credentials ? undefined : (apiKey ?? (await tokenOfEnvironment(client)));
      if (token) return { ...request.headers, authorization: `Bearer ${token}` };
      return sign(request, await client.config.credentials(), new Date(now()));
    } catch (cause) {
      throw new GatewayError(
        ErrorReason.PROVIDER_CREDENTIALS_REJECTED,
        `${provider} got no AWS credentials to sign with; give it accessKeyId and secretAccessKey, or this process a role, a profile or the variables of the environment.`,
        { cause, metadata: { provider } },
      );
    }
  }
}

/** A key of Bedrock's own, which the SDK prefers to all others where the environment has one. */
async function tokenOfEnvironment({ config }: BedrockRuntimeClient): Promise<string | undefined> {
  const [preferred] = await config.authSchemePreference();
  if (preferred !== 'httpBearerAuth') return undefined;
  const scheme = config.httpAuthSchemes.find(({ schemeId }) => schemeId === 'smithy.api#httpBearerAuth');
  const identity = await scheme?.identityProvider({ getIdentityProvider: () => undefined })?.();
  return identity && 'token' in identity && typeof identity.token === 'string' ? identity.token : undefined;
}

function queryText(query: Record<string, string>): string {
  return Object.keys(query)
    .sort()
    .map((key) => `${key}=${escapeText(query[key] ?? '')}`)
    .join('&');
}

function endpointOfRegion({ config }: BedrockRuntimeClient, region: string): URL {
  const { url } = config.endpointProvider({ Region: region, UseFIPS: false, UseDualStack: false });
  return url;
}

/** Models are listed by another service, whose address differs by its first word. */
function controlAddress(runtime: URL): URL {
  const address = new URL(runtime);
  address.hostname = address.hostname.replace(/^bedrock-runtime\b/, 'bedrock');
  return address;
}

function present({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: NonNullable<ProviderConfig['credentials']>): {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
} {
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

/** The chain of credentials takes no signal, and may wait for servers that are not there. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
