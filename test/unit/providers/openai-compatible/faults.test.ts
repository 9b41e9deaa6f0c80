import { ErrorReason } from '../../../../src/gen/sluice/v1/error.ts';
import { createOpenAiCompatibleProvider } from '../../../../src/providers/openai-compatible/provider.ts';
import { testFaults } from '../../../wire/faults.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

// Where other servers differ from OpenAI: their errors.

const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'a-model' };
const flat = { object: 'error', message: 'no', type: 'BadRequestError', param: null, code: 400 };
const groq = {
  error: { message: 'no', type: 'invalid_request_error', failed_generation: '{', status_code: 400 },
};

testFaults({
  title: 'An OpenAI-compatible server',
  createProvider: (baseUrl) =>
    createOpenAiCompatibleProvider({
      config: providerConfig('openai-compatible', `${baseUrl}/v1`),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  opening: [
    ': OPENROUTER PROCESSING\n\n',
    ...[{ role: 'assistant', reasoning: 'Hm.' }, { content: 'Hello' }].map(
      (delta) => `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta }] })}\n\n`,
    ),
  ].join(''),
  errorEvent: {
    event: `event: error\ndata: ${JSON.stringify(groq)}\n\n`,
    reason: ErrorReason.PROVIDER_REJECTED_REQUEST,
  },
  errorBody: { body: JSON.stringify(flat), reason: ErrorReason.PROVIDER_REJECTED_REQUEST },
  answer: JSON.stringify({
    ...head,
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  }),
});
