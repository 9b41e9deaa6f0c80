import { createGoogleProvider } from '../../src/providers/google/provider.ts';
import { readGoogle, toGoogleStream, toGoogleWhole } from './expectations-google.ts';
import { providerConfig } from './provider-config.ts';
import { replayRecordings } from './replay-recordings.ts';

replayRecordings({
  title: 'Gemini generateContent',
  wanted: ({ provider, api }) => (provider === 'gemini' || provider === 'vertex') && api === 'generate',
  createProvider: (baseUrl) =>
    createGoogleProvider({
      config: providerConfig('google', baseUrl),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  read: readGoogle,
  toStream: toGoogleStream,
  toWhole: toGoogleWhole,
});
