import { createAzureOpenAiProvider } from '../../src/providers/azure-openai/provider.ts';
import { claims } from './expectations-azure-openai.ts';
import { providerConfig } from './provider-config.ts';
import { replayRequests } from './replay-requests.ts';
import { plain, resay } from './requests-openai.ts';

replayRequests({
  title: 'Azure requests',
  wanted: (recording) => claims[0].wanted(recording) && recording.api === 'chat',
  createProvider: (baseUrl) =>
    createAzureOpenAiProvider({
      config: providerConfig('azure-openai', baseUrl),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  resay: ({ request }) => resay(request?.body),
  plain,
});
