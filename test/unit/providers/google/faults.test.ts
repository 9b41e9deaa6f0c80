import { ErrorReason } from '../../../../src/gen/sluice/v1/error.ts';
import { createGoogleProvider } from '../../../../src/providers/google/provider.ts';
import { testFaults } from '../../../wire/faults.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

const error = { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' };
const head = { responseId: 'r1', modelVersion: 'gemini-3-flash' };
const content = { role: 'model', parts: [{ text: 'Hello' }] };

testFaults({
  title: 'Gemini',
  createProvider: (baseUrl) =>
    createGoogleProvider({
      config: providerConfig('google', baseUrl),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  opening: `data: ${JSON.stringify({ ...head, candidates: [{ content }] })}\r\n\r\n`,
  errorEvent: {
    event: `data: ${JSON.stringify([{ error: { ...error, code: 429, status: 'RESOURCE_EXHAUSTED' } }])}\r\n\r\n`,
    reason: ErrorReason.PROVIDER_RATE_LIMITED,
  },
  errorBody: { body: JSON.stringify([{ error }]), reason: ErrorReason.PROVIDER_UNAVAILABLE },
  answer: JSON.stringify({ ...head, candidates: [{ content, finishReason: 'STOP' }] }),
  alsoAsked: ['embed', 'countTokens', 'listModels'],
});
