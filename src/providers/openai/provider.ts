import type { Provider } from '../../completion/ports/provider.ts';
import { capabilitiesOf } from '../openai-api/capabilities.ts';
import { OPENAI_DIALECT } from '../openai-api/chat/dialect.ts';
import { createCompletionApi } from '../openai-api/choose-api.ts';
import { createCountTokens } from '../openai-api/count-tokens.ts';
import { createOpenAiApiProvider } from '../openai-api/create-provider.ts';
import { createOpenAiClient } from '../openai-api/openai-client.ts';
import { createTokenizer } from '../openai-api/tokenizer.ts';
import type { ProviderDependencies } from '../shared/dependencies.ts';

const BASE_URL = 'https://api.openai.com/v1';

/** Creates a provider that speaks OpenAI's own API. */
export function createOpenAiProvider(dependencies: ProviderDependencies): Provider {
  const { apiKey, baseUrl = BASE_URL, api: apiName } = dependencies.config;
  const api = createCompletionApi(apiName, OPENAI_DIALECT);
  const tokenizer = createTokenizer();
  const provider = createOpenAiApiProvider({
    vendor: {
      kind: 'openai',
      telemetryName: 'openai',
      baseUrl,
      client: createOpenAiClient({ apiKey, baseUrl }),
      api,
      capabilities: capabilitiesOf,
      countTokens: createCountTokens({ api, tokenizer }),
    },
    dependencies,
  });
  return {
    ...provider,
    async close() {
      await Promise.all([provider.close(), tokenizer.close()]);
    },
  };
}
