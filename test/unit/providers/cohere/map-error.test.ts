import { CohereError } from 'cohere-ai';
import { describe, expect, it } from 'vitest';
import { reasonName } from '../../../../src/completion/error.ts';
import { answeredError, failedGeneration, mapError } from '../../../../src/providers/cohere/map-error.ts';
import { createSdk } from '../../../../src/providers/cohere/sdk.ts';

const context = { provider: 'cohere', now: () => 0 };
const { toError } = createSdk({ baseUrl: 'https://x', apiKey: undefined });
const NO_HEADERS = new Headers();

describe('mapping an HTTP error of Cohere', () => {
  // Recorded: 400 of a long conversation, 401, 404, 422. The others are the documentation's.
  it.each([
    [400, { message: 'invalid request: message must be at least 1 token long' }, 'PROVIDER_REJECTED_REQUEST'],
    [400, { message: 'too many tokens: size limit exceeded by 25836 tokens.' }, 'CONTEXT_LENGTH_EXCEEDED'],
    [400, { message: 'Whatever.', error_type: 'TOO_MANY_TOKENS' }, 'CONTEXT_LENGTH_EXCEEDED'],
    [
      400,
      {
        message: 'too many tokens: max tokens must be less than or equal to 4096',
        error_type: 'TOO_MANY_TOKENS',
      },
      'PROVIDER_REJECTED_REQUEST',
    ],
    [401, { message: 'invalid api token' }, 'PROVIDER_CREDENTIALS_REJECTED'],
    [402, { message: 'Please add or update your payment method' }, 'PROVIDER_CREDENTIALS_REJECTED'],
    [403, { message: 'forbidden' }, 'PROVIDER_CREDENTIALS_REJECTED'],
    [404, { message: "model 'x' not found, make sure the correct model ID was used" }, 'MODEL_NOT_FOUND'],
    [404, { message: 'page not found' }, 'PROVIDER_RESPONSE_INVALID'],
    [404, undefined, 'PROVIDER_RESPONSE_INVALID'],
    [422, { message: 'No valid response generated. Try updating messages' }, 'PROVIDER_REJECTED_REQUEST'],
    [429, { message: 'trial token rate limit exceeded, limit is 20 per minute' }, 'PROVIDER_RATE_LIMITED'],
    [
      429,
      { message: 'You are using a Trial key, which is limited to 1000 API calls / month.' },
      'PROVIDER_CREDENTIALS_REJECTED',
    ],
    [498, { message: 'invalid token' }, 'CONTENT_BLOCKED'],
    [499, { message: 'request cancelled' }, 'PROVIDER_UNAVAILABLE'],
    [500, { message: 'internal server error, this has been reported' }, 'PROVIDER_UNAVAILABLE'],
    [503, { message: 7, error_type: [], id: {} }, 'PROVIDER_UNAVAILABLE'],
  ])('takes %s %j for %s', (status, body, reason) => {
    const thrown = toError(status, body, body ? undefined : '<html>', NO_HEADERS);
    expect(thrown).toBeInstanceOf(CohereError);
    expect(reasonName(mapError(thrown, context).reason)).toBe(reason);
  });

  it('tells in its own words what happened, and keeps what helps', () => {
    const body = { id: 'id-1', message: 'too many tokens: it is long', error_type: 'TOO_MANY_TOKENS' };
    const headers = new Headers({ 'retry-after': '17', 'x-debug-trace-id': 'trace-1' });
    const thrown = toError(400, body, undefined, headers);
    const { message, details } = mapError(thrown, context);
    expect(message).toBe(
      'cohere answered 400 (TOO_MANY_TOKENS): the conversation is too long for the model; send less of it.',
    );
    expect(details).toEqual({
      cause: thrown,
      httpStatus: 400,
      providerCode: 'TOO_MANY_TOKENS',
      providerRequestId: 'trace-1',
      retryAfterMs: 17_000,
      metadata: { provider: 'cohere', httpStatus: '400', providerCode: 'TOO_MANY_TOKENS' },
    });
  });

  it('falls back to the id in the body', () => {
    const thrown = toError(401, { id: 'id-1', message: 'invalid api token' }, undefined, NO_HEADERS);
    expect(mapError(thrown, context).details.providerRequestId).toBe('id-1');
  });

  it('knows a connection that could not be made in time', () => {
    const cause = Object.assign(new Error('Connect Timeout Error'), { code: 'UND_ERR_CONNECT_TIMEOUT' });
    const thrown = new TypeError('fetch failed', { cause });
    expect(reasonName(mapError(thrown, context).reason)).toBe('PROVIDER_TIMEOUT');
  });
});

describe('an error inside an answer', () => {
  it.each([
    [{ id: 'id-1', message: 'internal server error' }, 'PROVIDER_UNAVAILABLE'],
    [{ id: 'id-1', message: 'too many tokens: it is long' }, 'CONTEXT_LENGTH_EXCEEDED'],
  ])('%j is %s', (answer, reason) => {
    const mapped = answeredError(answer, 'cohere');
    expect([mapped && reasonName(mapped.reason), mapped?.details.providerRequestId]).toEqual([
      reason,
      'id-1',
    ]);
  });

  it.each([[{}], [{ id: 'id-1', message: { content: [] } }], [{ type: 'message-end', delta: {} }]])(
    'is not seen in %j',
    (answer) => expect(answeredError(answer, 'cohere')).toBeUndefined(),
  );
});

describe('an end that is a failure', () => {
  it.each([
    // The second is documented only.
    ['ERROR', 'No valid response generated. Try updating messages', 'PROVIDER_REJECTED_REQUEST'],
    ['ERROR', 'internal error', 'PROVIDER_UNAVAILABLE'],
    ['ERROR', undefined, 'PROVIDER_UNAVAILABLE'],
    ['TIMEOUT', undefined, 'PROVIDER_TIMEOUT'],
  ])('%s, "%s", is %s', (finish_reason, error, reason) => {
    const mapped = failedGeneration({ finish_reason, error }, 'cohere');
    expect([mapped && reasonName(mapped.reason), mapped?.details.providerCode]).toEqual([
      reason,
      finish_reason,
    ]);
  });

  it('is not seen in any other', () => {
    expect(failedGeneration({ finish_reason: 'MAX_TOKENS' }, 'cohere')).toBeUndefined();
  });
});
