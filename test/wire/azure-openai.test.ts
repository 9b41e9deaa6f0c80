import { createAzureOpenAiProvider } from '../../src/providers/azure-openai/provider.ts';
import { claims } from './expectations-azure-openai.ts';
import { toCompatibleStream, toCompatibleWhole } from './expectations-openai-compatible.ts';
import { providerConfig } from './provider-config.ts';
import { replayRecordings } from './replay-recordings.ts';

for (const apiVersion of [undefined, '2024-10-21']) {
  replayRecordings({
    ...claims[0],
    title: `${claims[0].title}, ${apiVersion ?? 'undated'}`,
    createProvider: (baseUrl) =>
      createAzureOpenAiProvider({
        config: { ...providerConfig('azure-openai', baseUrl), apiVersion },
        connectTimeoutMs: 5000,
        now: Date.now,
      }),
    toStream: toCompatibleStream,
    toWhole: toCompatibleWhole,
  });
}
