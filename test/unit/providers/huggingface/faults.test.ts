import { ErrorReason } from '../../../../src/gen/sluice/v1/error.ts';
import { testFaults } from '../../../wire/faults.ts';
import { providerAt } from './a-call.ts';

const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'Qwen/Qwen3-4B' };
const error = { message: 'Internal server error', type: 'server_error', param: null, code: null };

testFaults({
  title: 'Hugging Face chat',
  createProvider: (baseUrl) => providerAt(baseUrl),
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
  alsoAsked: ['embed', 'listModels'],
});

// By TGI's source: it says in a stream, or with 200, what it says with 422 or 424 elsewhere.
const failed = JSON.stringify({
  error: 'Request failed during generation: CUDA out of memory',
  error_type: 'generation',
});
const token = { id: 1, text: 'Hello', logprob: -0.1, special: false };

testFaults({
  title: 'Hugging Face text-generation',
  createProvider: (baseUrl) => providerAt(baseUrl, { api: 'completions' }),
  opening: `data:${JSON.stringify({ index: 1, token, generated_text: null, details: null })}\n\n`,
  errorEvent: { event: `data:${failed}\n\n`, reason: ErrorReason.PROVIDER_UNAVAILABLE },
  errorBody: { body: failed, reason: ErrorReason.PROVIDER_UNAVAILABLE },
  answer: JSON.stringify([
    { generated_text: 'Hello', details: { finish_reason: 'eos_token', generated_tokens: 2 } },
  ]),
});
