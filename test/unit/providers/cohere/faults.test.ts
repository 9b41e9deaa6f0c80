import { ErrorReason } from '../../../../src/gen/sluice/v1/error.ts';
import { createCohereProvider } from '../../../../src/providers/cohere/provider.ts';
import { testFaults } from '../../../wire/faults.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

const failed = { type: 'message-end', delta: { finish_reason: 'ERROR', usage: {}, error: 'internal error' } };

testFaults({
  title: 'Cohere',
  createProvider: (baseUrl) =>
    createCohereProvider({
      config: providerConfig('cohere', baseUrl),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  opening: [
    { type: 'message-start', id: 'msg_1', delta: { message: { role: 'assistant', content: [] } } },
    { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } },
    { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hello' } } } },
  ]
    .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join(''),
  errorEvent: {
    event: `event: message-end\ndata: ${JSON.stringify(failed)}\n\n`,
    reason: ErrorReason.PROVIDER_UNAVAILABLE,
  },
  errorBody: {
    body: JSON.stringify({ id: 'msg_1', message: 'internal server error' }),
    reason: ErrorReason.PROVIDER_UNAVAILABLE,
  },
  answer: JSON.stringify({
    id: 'msg_1',
    message: { role: 'assistant', content: [{ type: 'text', text: 'Hello' }] },
    finish_reason: 'COMPLETE',
    usage: { tokens: { input_tokens: 3, output_tokens: 1 } },
  }),
});
