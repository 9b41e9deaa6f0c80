import { createAnthropicProvider } from '../../src/providers/anthropic/provider.ts';
import { readAnthropic, toAnthropicStream, toAnthropicWhole } from './expectations-anthropic.ts';
import { providerConfig } from './provider-config.ts';
import { replayRecordings } from './replay-recordings.ts';

replayRecordings({
  title: 'Anthropic messages',
  wanted: ({ provider, api }) => provider === 'anthropic' && api === 'messages',
  createProvider: (baseUrl) =>
    createAnthropicProvider({
      config: providerConfig('anthropic', baseUrl),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  read: readAnthropic,
  toStream: toAnthropicStream,
  toWhole: toAnthropicWhole,
});
