import { createBedrockProvider } from '../../src/providers/bedrock/provider.ts';
import { claims, toBedrockStream, toBedrockWhole } from './expectations-bedrock.ts';
import { providerConfig } from './provider-config.ts';
import { replayRecordings } from './replay-recordings.ts';

for (const claim of claims) {
  replayRecordings({
    ...claim,
    createProvider: (baseUrl) =>
      createBedrockProvider({
        config: { ...providerConfig('bedrock', baseUrl), region: 'us-east-1' },
        connectTimeoutMs: 5000,
        now: Date.now,
      }),
    toStream: toBedrockStream,
    toWhole: toBedrockWhole,
  });
}
