import { APIError } from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { reasonName } from '../../../../src/completion/error.ts';
import { answeredError, mapError } from '../../../../src/providers/anthropic/map-error.ts';

const context = { provider: 'anthropic', now: () => 0 };
const invalid = (message: string) => ({ type: 'invalid_request_error', message });
const coded = (type: string, error_code: string) => ({ type, message: '', details: { error_code } });

describe('mapping an HTTP error of Anthropic', () => {
  it.each([
    [400, invalid('max_tokens: must be at least 1'), 'PROVIDER_REJECTED_REQUEST'],
    [400, invalid('prompt is too long: 210000 tokens > 200000 maximum'), 'CONTEXT_LENGTH_EXCEEDED'],
    [
      400,
      invalid('input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000'),
      'CONTEXT_LENGTH_EXCEEDED',
    ],
    [400, invalid('Output blocked by content filtering policy'), 'CONTENT_BLOCKED'],
    [
      400,
      invalid(
        'This model does not support assistant message prefill. The conversation must end with a user message.',
      ),
      'PROVIDER_REJECTED_REQUEST',
    ],
    [
      400,
      invalid('messages: final assistant content cannot end with trailing whitespace'),
      'PROVIDER_REJECTED_REQUEST',
    ],
    [
      400,
      invalid(
        'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `text`. When `thinking` is enabled, a final `assistant` message must start with a thinking block.',
      ),
      'PROVIDER_REJECTED_REQUEST',
    ],
    [400, invalid('Your credit balance is too low to access the API.'), 'PROVIDER_CREDENTIALS_REJECTED'],
    [400, invalid('You have reached your specified API usage limits.'), 'PROVIDER_CREDENTIALS_REJECTED'],
    [400, coded('invalid_request_error', 'organization_on_hold'), 'PROVIDER_CREDENTIALS_REJECTED'],
    [401, { type: 'authentication_error', message: 'invalid x-api-key' }, 'PROVIDER_CREDENTIALS_REJECTED'],
    [402, { type: 'billing_error' }, 'PROVIDER_CREDENTIALS_REJECTED'],
    [403, { type: 'permission_error' }, 'PROVIDER_CREDENTIALS_REJECTED'],
    [404, { type: 'not_found_error', message: 'model: x' }, 'MODEL_NOT_FOUND'],
    [404, undefined, 'PROVIDER_RESPONSE_INVALID'],
    [413, { type: 'request_too_large' }, 'CONTEXT_LENGTH_EXCEEDED'],
    [429, { type: 'rate_limit_error' }, 'PROVIDER_RATE_LIMITED'],
    [429, coded('rate_limit_error', 'ramp_limit_exceeded'), 'PROVIDER_RATE_LIMITED'],
    [429, coded('rate_limit_error', 'enforced_spend_limit_reached'), 'PROVIDER_CREDENTIALS_REJECTED'],
    [500, { type: 'api_error' }, 'PROVIDER_UNAVAILABLE'],
    [504, { type: 'timeout_error' }, 'PROVIDER_TIMEOUT'],
    [529, { type: 'overloaded_error' }, 'PROVIDER_UNAVAILABLE'],
    [529, { type: 7, message: [], details: 'x' }, 'PROVIDER_UNAVAILABLE'],
  ])('takes %s %j for %s', (status, error, reason) => {
    const thrown = APIError.generate(status, error && { type: 'error', error }, undefined, new Headers());
    expect(reasonName(mapError(thrown, context).reason)).toBe(reason);
  });

  it('tells in its own words what happened, and keeps what helps', () => {
    const error = { type: 'rate_limit_error', message: "would exceed your organization's limit of 5" };
    const headers = new Headers({ 'retry-after': '17', 'request-id': 'req_1' });
    const thrown = APIError.generate(429, { type: 'error', error, request_id: 'req_2' }, undefined, headers);
    const { message, details } = mapError(thrown, context);
    expect(message).toBe("anthropic answered 429 (rate_limit_error): it limits the gateway's key.");
    expect(details).toEqual({
      cause: thrown,
      httpStatus: 429,
      providerCode: 'rate_limit_error',
      providerRequestId: 'req_1',
      retryAfterMs: 17_000,
      metadata: { provider: 'anthropic', httpStatus: '429', providerCode: 'rate_limit_error' },
    });
  });

  it('knows a connection that could not be made in time', () => {
    const cause = Object.assign(new Error('Connect Timeout Error'), { code: 'UND_ERR_CONNECT_TIMEOUT' });
    const thrown = new TypeError('fetch failed', { cause });
    expect(reasonName(mapError(thrown, context).reason)).toBe('PROVIDER_TIMEOUT');
  });
});

describe('an error inside an answer', () => {
  it.each([
    ['overloaded_error', 529, 'PROVIDER_UNAVAILABLE'],
    ['rate_limit_error', 429, 'PROVIDER_RATE_LIMITED'],
    ['invalid_request_error', 400, 'PROVIDER_REJECTED_REQUEST'],
    ['api_error', 500, 'PROVIDER_UNAVAILABLE'],
    ['something_new', undefined, 'PROVIDER_UNAVAILABLE'],
  ])('%s stands for status %s', (type, httpStatus, reason) => {
    const mapped = answeredError({ type: 'error', error: { type }, request_id: 'req_1' }, 'anthropic');
    expect([mapped && reasonName(mapped.reason), mapped?.details]).toMatchObject([
      reason,
      { httpStatus, providerCode: type, providerRequestId: 'req_1' },
    ]);
  });

  it('is one although it does not say which', () => {
    expect(answeredError({ type: 'error' }, 'anthropic')).toBeDefined();
  });

  it.each([[{}], [{ type: 'message', error: null }]])('is not seen in %j', (answer) => {
    expect(answeredError(answer, 'anthropic')).toBeUndefined();
  });
});
