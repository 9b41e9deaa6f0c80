import { createOpenAiProvider } from '../../src/providers/openai/provider.ts';
import { claims } from './expectations-openai.ts';
import { providerConfig } from './provider-config.ts';
import { replayRequests } from './replay-requests.ts';
import { plain, resay } from './requests-openai.ts';

replayRequests({
  title: 'OpenAI requests',
  wanted: claims[0].wanted,
  createProvider: (baseUrl) =>
    createOpenAiProvider({
      config: providerConfig('openai', baseUrl),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  resay: ({ request }) => resay(request?.body),
  plain,
});
