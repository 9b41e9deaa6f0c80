import { createAnthropicProvider } from '../../src/providers/anthropic/provider.ts';
import { claims, toAnthropicStream, toAnthropicWhole } from './expectations-anthropic.ts';
import { providerConfig } from './provider-config.ts';
import { replayRecordings } from './replay-recordings.ts';

for (const claim of claims) {
  replayRecordings({
    ...claim,
    createProvider: (baseUrl) =>
      createAnthropicProvider({
        config: providerConfig('anthropic', baseUrl),
        connectTimeoutMs: 5000,
        now: Date.now,
      }),
    toStream: toAnthropicStream,
    toWhole: toAnthropicWhole,
  });
}
