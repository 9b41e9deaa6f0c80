import { ErrorReason } from '../../../../src/gen/sluice/v1/error.ts';
import { createOpenAiProvider } from '../../../../src/providers/openai/provider.ts';
import { testFaults } from '../../../wire/faults.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

const error = { message: 'The server had an error', type: 'server_error', param: null, code: null };
const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-4o' };

testFaults({
  title: 'OpenAI',
  createProvider: (baseUrl) =>
    createOpenAiProvider({
      config: providerConfig('openai', `${baseUrl}/v1`),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  opening: [
    { ...head, choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] },
    { ...head, choices: [{ index: 0, delta: { content: 'Hello' } }] },
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
