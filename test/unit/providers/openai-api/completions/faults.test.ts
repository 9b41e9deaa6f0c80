import { ErrorReason } from '../../../../../src/gen/sluice/v1/error.ts';
import { createOpenAiProvider } from '../../../../../src/providers/openai/provider.ts';
import { testFaults } from '../../../../wire/faults.ts';
import { providerConfig } from '../../../../wire/provider-config.ts';

const error = { message: 'The server had an error', type: 'server_error', param: null, code: null };
const head = { id: 'cmpl-1', object: 'text_completion', model: 'davinci-002' };

testFaults({
  title: "OpenAI's legacy completions",
  createProvider: (baseUrl) =>
    createOpenAiProvider({
      config: { ...providerConfig('openai', `${baseUrl}/v1`), api: 'completions' },
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  opening: `data: ${JSON.stringify({ ...head, choices: [{ index: 0, text: 'Hello' }] })}\n\n`,
  errorEvent: { event: `data: ${JSON.stringify({ error })}\n\n`, reason: ErrorReason.PROVIDER_UNAVAILABLE },
  errorBody: { body: JSON.stringify({ error }), reason: ErrorReason.PROVIDER_UNAVAILABLE },
  answer: JSON.stringify({ ...head, choices: [{ index: 0, text: 'Hello', finish_reason: 'stop' }] }),
});
