import { ErrorReason } from '../../../../src/gen/sluice/v1/error.ts';
import { createAnthropicProvider } from '../../../../src/providers/anthropic/provider.ts';
import { testFaults } from '../../../wire/faults.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5' };
const error = JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });

testFaults({
  title: 'Anthropic',
  createProvider: (baseUrl) =>
    createAnthropicProvider({
      config: providerConfig('anthropic', baseUrl),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  opening: [
    { type: 'message_start', message: { ...message, content: [], usage: { input_tokens: 3 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
  ]
    .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join(''),
  errorEvent: { event: `event: error\ndata: ${error}\n\n`, reason: ErrorReason.PROVIDER_UNAVAILABLE },
  errorBody: { body: error, reason: ErrorReason.PROVIDER_UNAVAILABLE },
  answer: JSON.stringify({
    ...message,
    content: [{ type: 'text', text: 'Hello' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 3, output_tokens: 1 },
  }),
  alsoAsked: ['countTokens', 'listModels'],
});
