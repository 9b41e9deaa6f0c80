import { AzureOpenAI } from 'openai';
import { GatewayError } from '../../completion/error.ts';
import type { Provider } from '../../completion/ports/provider.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { createCompletionApi } from '../openai-api/choose-api.ts';
import { createOpenAiApiProvider } from '../openai-api/create-provider.ts';
import { createOpenAiClient, UNREAD } from '../openai-api/openai-client.ts';
import type { ProviderDependencies } from '../shared/dependencies.ts';
import { configuredBaseUrl } from '../shared/endpoint.ts';
import type { Sdk } from '../shared/sdk-request.ts';
import { type AzureAddress, azureAddress } from './address.ts';
import { capabilitiesOf } from './capabilities.ts';
import { azureDialect } from './dialect.ts';
import { type Credential, createEntraToken } from './entra-token.ts';

/** Creates a provider that speaks OpenAI's API as Azure serves it: with a key, or else with Entra's tokens. */
export function createAzureOpenAiProvider(
  dependencies: ProviderDependencies,
  { loadCredential = defaultCredential }: { loadCredential?: () => Promise<Credential> } = {},
): Provider {
  const { name, apiKey, api, apiVersion } = dependencies.config;
  const address = azureAddress(configuredBaseUrl(dependencies.config), apiVersion);
  const entraToken = createEntraToken({ provider: name, loadCredential, now: dependencies.now });
  return createOpenAiApiProvider({
    vendor: {
      kind: 'azure-openai',
      telemetryName: address.style === 'models' ? 'azure.ai.inference' : 'azure.ai.openai',
      baseUrl: address.baseUrl,
      client: createClient(address, apiKey, apiVersion),
      api: createCompletionApi(api, azureDialect(apiVersion)),
      capabilities: capabilitiesOf,
      addressedByModel: address.style === 'deployments',
      ...(apiKey === undefined && {
        authorize: async (signal) => ({ authorization: `Bearer ${await entraToken(signal)}` }),
      }),
    },
    dependencies,
  });
}

/** Loaded only where there is no key: few need it, and it takes longer to load than the rest of the gateway. */
async function defaultCredential(): Promise<Credential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}

function createClient(
  { baseUrl, style }: AzureAddress,
  apiKey: string | undefined,
  apiVersion: string | undefined,
): Sdk['client'] {
  if (style === 'deployments' && apiVersion !== undefined) {
    const key = apiKey === undefined ? { apiKey: '', azureADTokenProvider: unusedToken } : { apiKey };
    const client = new AzureOpenAI({ baseURL: baseUrl, apiVersion, logLevel: 'off', ...UNREAD, ...key });
    return { buildRequest: (options) => client.buildRequest(options).catch(refuseDeployment) };
  }
  return createOpenAiClient({
    apiKey: undefined,
    baseUrl,
    // The key goes into Azure's own header, which all of its addresses know.
    headers: apiKey === undefined ? {} : { 'api-key': apiKey, authorization: null },
    ...(apiVersion !== undefined && { query: { 'api-version': apiVersion } }),
  });
}

/** The deployment's name becomes part of the address, which the SDK refuses for one such as `..`. */
function refuseDeployment(cause: unknown): never {
  throw new GatewayError(
    ErrorReason.MODEL_NOT_FOUND,
    'model: Azure has no deployment whose name cannot be part of an address.',
    { cause },
  );
}

/** Requests get their token as they are sent. */
async function unusedToken(): Promise<string> {
  return 'none';
}
