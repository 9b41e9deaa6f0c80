import { createOpenAiProvider } from '../../src/providers/openai/provider.ts';
import { claims, toCompletionsStream, toCompletionsWhole } from './expectations-openai-completions.ts';
import { providerConfig } from './provider-config.ts';
import { replayRecordings } from './replay-recordings.ts';

replayRecordings({
  ...claims[0],
  createProvider: (baseUrl) =>
    createOpenAiProvider({
      config: { ...providerConfig('openai', `${baseUrl}/v1`), api: 'completions' },
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  toStream: toCompletionsStream,
  toWhole: toCompletionsWhole,
});
