import type { Provider } from '../../completion/ports/provider.ts';
import { createCompletionApi } from '../openai-api/choose-api.ts';
import { createOpenAiApiProvider } from '../openai-api/create-provider.ts';
import { createOpenAiClient } from '../openai-api/openai-client.ts';
import type { ProviderDependencies } from '../shared/dependencies.ts';
import { configuredBaseUrl } from '../shared/endpoint.ts';
import { dialectOf } from './dialect.ts';
import { hostOf } from './hosts.ts';

/** Texts in one request. Few servers say how many they take; TEI takes no more unless it is told to. */
const MAX_TEXTS = 32;

/** Creates a provider for a server that speaks OpenAI's API after its own fashion. */
export function createOpenAiCompatibleProvider(dependencies: ProviderDependencies): Provider {
  const { apiKey, api, prefill } = dependencies.config;
  const baseUrl = configuredBaseUrl(dependencies.config);
  const host = hostOf(baseUrl);
  const dialect = dialectOf(host, prefill);
  return createOpenAiApiProvider({
    vendor: {
      kind: 'openai-compatible',
      telemetryName: host?.telemetryName ?? 'openai_compatible',
      baseUrl,
      client: createOpenAiClient({ apiKey, baseUrl }),
      api: createCompletionApi(api, dialect),
      capabilities: dialect.capabilities,
      maxTexts: MAX_TEXTS,
    },
    dependencies,
  });
}
