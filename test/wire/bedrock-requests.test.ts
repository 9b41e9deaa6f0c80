import { createBedrockProvider } from '../../src/providers/bedrock/provider.ts';
import { providerConfig } from './provider-config.ts';
import { replayRequests } from './replay-requests.ts';
import { plain, resay } from './requests-bedrock.ts';

replayRequests({
  title: 'Amazon Bedrock requests',
  wanted: ({ provider, api, request }) =>
    provider === 'bedrock' &&
    (api === 'converse' || api === 'count_tokens' || api === 'embeddings') &&
    !JSON.stringify(request?.body).includes('MASSIVE_TEXT'),
  createProvider: (baseUrl) =>
    createBedrockProvider({
      config: { ...providerConfig('bedrock', baseUrl), region: 'us-east-1' },
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  resay,
  plain,
});
