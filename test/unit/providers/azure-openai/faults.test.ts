import { ErrorReason } from '../../../../src/gen/sluice/v1/error.ts';
import { createAzureOpenAiProvider } from '../../../../src/providers/azure-openai/provider.ts';
import { testFaults } from '../../../wire/faults.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

const error = { message: 'The server had an error', type: 'server_error', param: null, code: null };
const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-4o' };

testFaults({
  title: 'Azure OpenAI',
  createProvider: (baseUrl) =>
    createAzureOpenAiProvider({
      config: { ...providerConfig('azure-openai', baseUrl), apiVersion: '2024-10-21' },
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  opening: [
    { id: '', model: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
    { ...head, choices: [{ index: 0, delta: { content: 'Hello' }, content_filter_results: {} }] },
  ]
    .map((one) => `data: ${JSON.stringify(one)}\n\n`)
    .join(''),
  errorEvent: { event: `data: ${JSON.stringify({ error })}\n\n`, reason: ErrorReason.PROVIDER_UNAVAILABLE },
  errorBody: { body: JSON.stringify({ error }), reason: ErrorReason.PROVIDER_UNAVAILABLE },
  answer: JSON.stringify({
    ...head,
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  }),
});
