import { createCohereProvider } from '../../src/providers/cohere/provider.ts';
import { claims, toCohereStream, toCohereWhole } from './expectations-cohere.ts';
import { providerConfig } from './provider-config.ts';
import { replayRecordings } from './replay-recordings.ts';

for (const claim of claims) {
  replayRecordings({
    ...claim,
    createProvider: (baseUrl) =>
      createCohereProvider({
        config: providerConfig('cohere', baseUrl),
        connectTimeoutMs: 5000,
        now: Date.now,
      }),
    toStream: toCohereStream,
    toWhole: toCohereWhole,
  });
}
