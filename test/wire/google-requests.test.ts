import { createGoogleProvider } from '../../src/providers/google/provider.ts';
import { claims } from './expectations-google.ts';
import { providerConfig } from './provider-config.ts';
import { replayRequests } from './replay-requests.ts';
import { plain, resay } from './requests-google.ts';

for (const { title, wanted, path } of claims) {
  replayRequests({
    title: `Requests of ${title}`,
    wanted,
    createProvider: (baseUrl) =>
      createGoogleProvider({
        config: providerConfig('google', baseUrl + path),
        connectTimeoutMs: 5000,
        now: Date.now,
      }),
    resay,
    plain,
  });
}
