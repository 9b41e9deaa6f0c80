import { APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { reasonName } from '../../../../src/completion/error.ts';
import { answeredError, mapError } from '../../../../src/providers/openai/map-error.ts';

const context = { provider: 'openai', now: () => 0 };

describe('mapping an HTTP error of OpenAI', () => {
  it.each([
    [400, { type: 'invalid_request_error', code: null }, 'PROVIDER_REJECTED_REQUEST'],
    [400, { code: 'context_length_exceeded' }, 'CONTEXT_LENGTH_EXCEEDED'],
    [
      400,
      { message: "This model's maximum context length is 8192 tokens.", code: null },
      'CONTEXT_LENGTH_EXCEEDED',
    ],
    [400, { code: 'content_filter' }, 'CONTENT_BLOCKED'],
    [400, { code: 'invalid_prompt' }, 'CONTENT_BLOCKED'],
    [400, { code: 'model_not_found' }, 'MODEL_NOT_FOUND'],
    [401, { code: 'invalid_api_key' }, 'PROVIDER_CREDENTIALS_REJECTED'],
    [403, { code: 'unsupported_country_region_territory' }, 'PROVIDER_CREDENTIALS_REJECTED'],
    [403, { code: 'model_not_found' }, 'MODEL_NOT_FOUND'],
    [404, { code: 'model_not_found' }, 'MODEL_NOT_FOUND'],
    [404, undefined, 'PROVIDER_RESPONSE_INVALID'],
    [413, {}, 'CONTEXT_LENGTH_EXCEEDED'],
    [422, {}, 'PROVIDER_REJECTED_REQUEST'],
    [429, { type: 'tokens', code: 'rate_limit_exceeded' }, 'PROVIDER_RATE_LIMITED'],
    [429, { type: 'insufficient_quota', code: 'insufficient_quota' }, 'PROVIDER_CREDENTIALS_REJECTED'],
    [408, undefined, 'PROVIDER_TIMEOUT'],
    [500, { type: 'server_error' }, 'PROVIDER_UNAVAILABLE'],
    [503, undefined, 'PROVIDER_UNAVAILABLE'],
    [529, undefined, 'PROVIDER_UNAVAILABLE'],
  ])('takes %s %j for %s', (status, error, reason) => {
    expect(reasonName(mapError(thrownBySdk(status, error), context).reason)).toBe(reason);
  });

  it('tells in its own words what happened, and keeps what helps', () => {
    const thrown = thrownBySdk(
      429,
      { message: 'Rate limit reached for org-SECRET', type: 'requests', code: 'rate_limit_exceeded' },
      { 'retry-after-ms': '1500', 'retry-after': '2', 'x-request-id': 'req_1' },
    );
    const { message, details } = mapError(thrown, context);
    expect(message).toBe("openai answered 429 (rate_limit_exceeded): it limits the gateway's key.");
    expect(details).toEqual({
      cause: thrown,
      httpStatus: 429,
      providerCode: 'rate_limit_exceeded',
      providerRequestId: 'req_1',
      retryAfterMs: 1500,
      metadata: { provider: 'openai', httpStatus: '429', providerCode: 'rate_limit_exceeded' },
    });
  });

  it('shows no code that does not look like one', () => {
    const { message, details } = mapError(thrownBySdk(400, { code: 'key sk-123 is bad' }), context);
    expect([message.includes('sk-123'), details.providerCode, details.metadata]).toEqual([
      false,
      undefined,
      { provider: 'openai', httpStatus: '400' },
    ]);
  });
});

describe('an error inside an answer', () => {
  it.each([
    [{ type: 'invalid_request_error', code: null }, 'PROVIDER_REJECTED_REQUEST'],
    [{ type: 'server_error', code: null }, 'PROVIDER_UNAVAILABLE'],
    [{ type: 'tokens', code: 'rate_limit_exceeded' }, 'PROVIDER_RATE_LIMITED'],
    [{ message: 'something new' }, 'PROVIDER_UNAVAILABLE'],
    ['a text', 'PROVIDER_UNAVAILABLE'],
  ])('%j is %s', (error, reason) => {
    const mapped = answeredError({ error }, 'openai');
    expect(mapped && reasonName(mapped.reason)).toBe(reason);
  });

  it.each([[{}], [{ error: null }]])('is not seen in %j', (answer) => {
    expect(answeredError(answer, 'openai')).toBeUndefined();
  });
});

function thrownBySdk(
  status: number,
  error: object | undefined,
  headers: Record<string, string> = {},
): APIError {
  return APIError.generate(status, error && { error }, undefined, new Headers(headers));
}
