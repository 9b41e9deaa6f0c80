import { createGoogleProvider } from '../../src/providers/google/provider.ts';
import { claims, toGoogleStream, toGoogleWhole } from './expectations-google.ts';
import { providerConfig } from './provider-config.ts';
import { replayRecordings } from './replay-recordings.ts';

for (const claim of claims) {
  replayRecordings({
    ...claim,
    createProvider: (baseUrl) =>
      createGoogleProvider({
        config: providerConfig('google', baseUrl + claim.path),
        connectTimeoutMs: 5000,
        now: Date.now,
      }),
    toStream: toGoogleStream,
    toWhole: toGoogleWhole,
  });
}
