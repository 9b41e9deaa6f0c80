import { ErrorReason } from '../../../../../src/gen/sluice/v1/error.ts';
import { createOpenAiProvider } from '../../../../../src/providers/openai/provider.ts';
import { testFaults } from '../../../../wire/faults.ts';
import { providerConfig } from '../../../../wire/provider-config.ts';

const error = { code: 'server_error', message: 'The server had an error' };
const response = { id: 'resp_1', object: 'response', model: 'gpt-5', output: [], status: 'in_progress' };

testFaults({
  title: "OpenAI's Responses API",
  createProvider: (baseUrl) =>
    createOpenAiProvider({
      config: { ...providerConfig('openai', `${baseUrl}/v1`), api: 'responses' },
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  opening: [
    { type: 'response.created', response },
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hello' },
  ]
    .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join(''),
  errorEvent: {
    event: `event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`,
    reason: ErrorReason.PROVIDER_UNAVAILABLE,
  },
  errorBody: {
    body: JSON.stringify({ ...response, status: 'failed', error }),
    reason: ErrorReason.PROVIDER_UNAVAILABLE,
  },
  answer: JSON.stringify({
    ...response,
    status: 'completed',
    output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello' }] }],
  }),
});
