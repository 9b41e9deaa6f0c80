import { createOpenAiCompatibleProvider } from '../../src/providers/openai-compatible/provider.ts';
import { claims } from './expectations-openai-compatible.ts';
import { providerConfig } from './provider-config.ts';
import { replayRequests } from './replay-requests.ts';
import { plain, resay } from './requests-openai.ts';

replayRequests({
  title: 'Requests of OpenAI-compatible servers',
  wanted: (recording) => claims[0].wanted(recording) && recording.api === 'chat',
  createProvider: (baseUrl) =>
    createOpenAiCompatibleProvider({
      config: providerConfig('openai-compatible', baseUrl),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  resay: ({ request }) => resay(request?.body),
  plain,
});
