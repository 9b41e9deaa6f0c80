import { createOpenAiProvider } from '../../src/providers/openai/provider.ts';
import { claims, toResponsesStream, toResponsesWhole } from './expectations-openai-responses.ts';
import { providerConfig } from './provider-config.ts';
import { replayRecordings } from './replay-recordings.ts';

replayRecordings({
  ...claims[0],
  createProvider: (baseUrl) =>
    createOpenAiProvider({
      config: { ...providerConfig('openai', `${baseUrl}/v1`), api: 'responses' },
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  toStream: toResponsesStream,
  toWhole: toResponsesWhole,
});
