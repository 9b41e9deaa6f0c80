import { createOpenAiCompatibleProvider } from '../../src/providers/openai-compatible/provider.ts';
import { claims, toCompatibleStream, toCompatibleWhole } from './expectations-openai-compatible.ts';
import { providerConfig } from './provider-config.ts';
import { replayRecordings } from './replay-recordings.ts';

replayRecordings({
  ...claims[0],
  createProvider: (baseUrl) =>
    createOpenAiCompatibleProvider({
      config: providerConfig('openai-compatible', `${baseUrl}/v1`),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  toStream: toCompatibleStream,
  toWhole: toCompatibleWhole,
});
