import { createOpenAiProvider } from '../../src/providers/openai/provider.ts';
import { readOpenAi, toOpenAiStream, toOpenAiWhole } from './expectations-openai.ts';
import { providerConfig } from './provider-config.ts';
import { replayRecordings } from './replay-recordings.ts';

replayRecordings({
  title: 'OpenAI chat completions',
  wanted: ({ provider, api }) => provider === 'openai' && api === 'chat',
  createProvider: (baseUrl) =>
    createOpenAiProvider({
      config: providerConfig('openai', `${baseUrl}/v1`),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  read: readOpenAi,
  toStream: toOpenAiStream,
  toWhole: toOpenAiWhole,
});
