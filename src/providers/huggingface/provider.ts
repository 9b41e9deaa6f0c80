import type { Provider } from '../../completion/ports/provider.ts';
import { createCompletionApi } from '../openai-api/choose-api.ts';
import { createOpenAiApiProvider } from '../openai-api/create-provider.ts';
import { createOpenAiClient } from '../openai-api/openai-client.ts';
import type { ProviderDependencies } from '../shared/dependencies.ts';
import { createSdkRequest, type Sdk, type SdkRequest } from '../shared/sdk-request.ts';
import { createTransport } from '../shared/transport.ts';
import { capabilitiesOf } from './capabilities.ts';
import { dialectOf } from './dialect.ts';
import { createEmbed, MAX_TEXTS } from './embed.ts';
import { createGeneration } from './generation/adapter.ts';
import { createListModels } from './list-models.ts';
import { createToError } from './map-error.ts';
import { serverAt } from './server.ts';
import { createEndpointClient, createRouterClient, createTaskClient } from './task-client.ts';

/**
 * Creates a provider that asks Hugging Face's router, or a server of one's own. Chat is OpenAI's API on all of them.
 * What is not chat is a task of Hugging Face's own, which its SDK addresses, unless the server's base URL is that of
 * OpenAI's API.
 */
export function createHuggingFaceProvider(dependencies: ProviderDependencies): Provider {
  const { config, connectTimeoutMs, now } = dependencies;
  const { name, api, apiKey } = config;
  const server = serverAt(config.baseUrl);
  const baseUrl = server.openAiUrl;
  const transport = createTransport({ connectTimeoutMs });
  const toError = createToError({ provider: name, now });
  const capabilities = (model: string) => capabilitiesOf(model, { server, api });
  const client = createOpenAiClient({ apiKey, baseUrl });
  const endpoint = server.is === 'endpoint' ? createEndpointClient({ url: server.url, apiKey }) : undefined;

  const openAi = createOpenAiApiProvider({
    dependencies,
    vendor: {
      kind: 'huggingface',
      telemetryName: 'huggingface',
      baseUrl,
      client: server.is === 'router' ? createRouterClient({ openAi: client, apiKey }) : client,
      addressedByModel: server.is === 'router' && api === 'completions',
      api: createCompletionApi(api, dialectOf(server, capabilities)),
      capabilities,
      maxTexts: MAX_TEXTS,
      ...(server.is !== 'openai-compatible' && {
        embed: createEmbed({ requestFor: featuresOf, provider: name }),
      }),
      toError,
    },
  });
  const provider: Provider = { ...openAi, close };
  if (!endpoint) return provider;

  const listModels = createListModels({
    openAi: openAi.listModels,
    getInfo: request('get', '/info', endpoint),
  });
  if (api !== 'completions') return { ...provider, listModels };
  const post = request('post', '', endpoint);
  return { ...provider, ...createGeneration({ post, provider: name, now, listModels }) };

  function featuresOf(model: string): SdkRequest {
    return request('post', '', endpoint ?? createTaskClient('feature-extraction', { model, apiKey }));
  }

  function request(method: 'get' | 'post', path: string, client: Sdk['client']): SdkRequest {
    return createSdkRequest({ sdk: { client, toError }, method, path, transport });
  }

  async function close(): Promise<void> {
    await Promise.all([openAi.close(), transport.close()]);
  }
}
