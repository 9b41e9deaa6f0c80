import { createAnthropicProvider } from '../../src/providers/anthropic/provider.ts';
import { providerConfig } from './provider-config.ts';
import { replayRequests } from './replay-requests.ts';
import { plain, resay } from './requests-anthropic.ts';

replayRequests({
  title: 'Anthropic requests',
  wanted: ({ provider, api }) => provider === 'anthropic' && (api === 'messages' || api === 'count_tokens'),
  createProvider: (baseUrl) =>
    createAnthropicProvider({
      config: providerConfig('anthropic', baseUrl),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  resay: ({ request }) => resay(request?.body),
  plain,
});
