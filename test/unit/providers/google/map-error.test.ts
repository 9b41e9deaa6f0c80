import { describe, expect, it } from 'vitest';
import { reasonName } from '../../../../src/completion/error.ts';
import { answeredError, failedResponse } from '../../../../src/providers/google/map-error.ts';

const context = { provider: 'google', now: () => 0 };
const info = (reason: string) => ({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason });
const retry = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });

describe('mapping an HTTP error of Gemini', () => {
  it.each([
    [
      400,
      { status: 'INVALID_ARGUMENT', details: [info('API_KEY_INVALID')] },
      'PROVIDER_CREDENTIALS_REJECTED',
    ],
    [400, { message: 'API key not valid. Please pass a valid API key.' }, 'PROVIDER_CREDENTIALS_REJECTED'],
    [
      400,
      { status: 'FAILED_PRECONDITION', message: 'User location is not supported for the API use.' },
      'PROVIDER_CREDENTIALS_REJECTED',
    ],
    [
      400,
      { message: 'The input token count (9) exceeds the maximum number of tokens allowed (8).' },
      'CONTEXT_LENGTH_EXCEEDED',
    ],
    [
      400,
      {
        message:
          'Unable to submit request because the input token count is 9 but model only supports up to 8.',
      },
      'CONTEXT_LENGTH_EXCEEDED',
    ],
    [400, { status: 'INVALID_ARGUMENT', message: 'LogProbs is not supported' }, 'PROVIDER_REJECTED_REQUEST'],
    [
      400,
      { status: 'INVALID_ARGUMENT', message: 'Requests ending with a model turn are not supported.' },
      'PROVIDER_REJECTED_REQUEST',
    ],
    [401, { status: 'UNAUTHENTICATED' }, 'PROVIDER_CREDENTIALS_REJECTED'],
    [403, { status: 'PERMISSION_DENIED' }, 'PROVIDER_CREDENTIALS_REJECTED'],
    [
      403,
      { message: 'You do not have permission to access the File x or it may not exist.' },
      'PROVIDER_REJECTED_REQUEST',
    ],
    [404, { status: 'NOT_FOUND' }, 'MODEL_NOT_FOUND'],
    [404, undefined, 'PROVIDER_RESPONSE_INVALID'],
    [429, { status: 'RESOURCE_EXHAUSTED' }, 'PROVIDER_RATE_LIMITED'],
    [429, { details: 'none' }, 'PROVIDER_RATE_LIMITED'],
    [500, { status: 'INTERNAL' }, 'PROVIDER_UNAVAILABLE'],
    [503, { status: 'UNAVAILABLE' }, 'PROVIDER_UNAVAILABLE'],
    [302, { status: 'UNKNOWN', code: 302 }, 'PROVIDER_RESPONSE_INVALID'],
  ])('takes %s %j for %s, also in a list', async (status, error, reason) => {
    for (const body of [{ error }, [{ error }]]) {
      const { reason: mapped } = await failedResponse(
        new Response(JSON.stringify(body), { status }),
        context,
      );
      expect(reasonName(mapped)).toBe(reason);
    }
  });

  it('tells in its own words what happened, and keeps what helps', async () => {
    const error = {
      message: 'Quota of projects/SECRET',
      status: 'RESOURCE_EXHAUSTED',
      details: [retry('34.4s')],
    };
    const mapped = await failedResponse(Response.json({ error }, { status: 429 }), context);
    expect(mapped.message).toBe("google answered 429 (RESOURCE_EXHAUSTED): it limits the gateway's key.");
    expect(mapped.details).toMatchObject({
      httpStatus: 429,
      providerCode: 'RESOURCE_EXHAUSTED',
      retryAfterMs: 34_400,
    });
  });

  it.each([
    ['a whole number', [retry('48s')], {}, 48_000],
    ['nothing, and the header does', [info('X')], { 'retry-after': '2' }, 2000],
    ['nonsense', [retry('soon')], {}, undefined],
  ])('reads when to come back where the details say %s', async (_, details, headers, expected) => {
    const response = Response.json({ error: { details } }, { status: 429, headers });
    expect((await failedResponse(response, context)).details.retryAfterMs).toBe(expected);
  });
});

describe('an error inside an answer', () => {
  it('is one by its own code', () => {
    const error = { code: 429, status: 'RESOURCE_EXHAUSTED', details: [retry('3s')] };
    const mapped = answeredError({ error }, 'google');
    expect([
      mapped && reasonName(mapped.reason),
      mapped?.details.httpStatus,
      mapped?.details.retryAfterMs,
    ]).toEqual(['PROVIDER_RATE_LIMITED', 429, 3000]);
  });

  it('is none where there is none', () => {
    expect(answeredError({}, 'google')).toBeUndefined();
    expect(answeredError({ error: null }, 'google')).toBeUndefined();
  });
});
