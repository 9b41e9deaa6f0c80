import { describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import { answeredError, createToError } from '../../../../src/providers/huggingface/map-error.ts';
import { mapError } from '../../../../src/providers/openai-api/map-error.ts';

const context = { provider: 'huggingface', now: () => 0 };

/** What a refusal is to a caller: as JSON where it is an object, as text otherwise. */
function refused(status: number, body: object | string, headers: Record<string, string> = {}) {
  const [json, text] = typeof body === 'string' ? [undefined, body] : [body, undefined];
  const thrown = createToError(context)(status, json, text, new Headers(headers));
  return mapError(thrown, context);
}

describe('a refusal', () => {
  const fromInnerProvider = { 'x-inference-provider': 'hf-inference' };
  it.each<[string, number, object | string, Record<string, string>, string]>([
    // Seen in recordings.
    [
      '{"error": text}',
      401,
      { error: 'Invalid credentials in Authorization header' },
      {},
      'PROVIDER_CREDENTIALS_REJECTED',
    ],
    [
      'out of credits',
      402,
      { error: 'You have exceeded your monthly included credits' },
      {},
      'PROVIDER_CREDENTIALS_REJECTED',
    ],
    [
      '{"error": {…}}',
      400,
      { error: { message: 'No such thing', type: 'invalid_request_error' } },
      {},
      'PROVIDER_REJECTED_REQUEST',
    ],
    [
      'Novita’s',
      400,
      { code: 400, reason: 'INVALID_REQUEST_BODY', message: 'bad', metadata: {} },
      {},
      'PROVIDER_REJECTED_REQUEST',
    ],
    ['{"detail": text}', 422, { detail: 'Invalid' }, {}, 'PROVIDER_REJECTED_REQUEST'],
    ['flat', 500, { message: 'boom', type: 'server_error' }, {}, 'PROVIDER_UNAVAILABLE'],
    ['a page', 502, '<!DOCTYPE html>', {}, 'PROVIDER_UNAVAILABLE'],
    ['bare text of an inner provider', 404, 'Not Found', fromInnerProvider, 'MODEL_NOT_FOUND'],
    ['bare text of something else', 404, 'Not Found', {}, 'PROVIDER_RESPONSE_INVALID'],
    // By the documentation, the servers' sources and public reports.
    [
      'a model of nobody',
      400,
      {
        error: {
          message: "The requested model 'a/b' is not supported by any provider you have enabled.",
          type: 'invalid_request_error',
          param: 'model',
          code: 'model_not_supported',
        },
      },
      {},
      'MODEL_NOT_FOUND',
    ],
    [
      'a model unknown to Novita',
      400,
      { code: 404, reason: 'MODEL_NOT_FOUND', message: 'model not found' },
      {},
      'MODEL_NOT_FOUND',
    ],
    [
      'Novita’s empty purse',
      400,
      { code: 403, reason: 'NOT_ENOUGH_BALANCE', message: 'not enough balance' },
      {},
      'PROVIDER_CREDENTIALS_REJECTED',
    ],
    ['a limit', 429, { error: 'Rate limit reached' }, {}, 'PROVIDER_RATE_LIMITED'],
    [
      'TGI’s full queue',
      429,
      { error: 'Model is overloaded', error_type: 'overloaded' },
      {},
      'PROVIDER_UNAVAILABLE',
    ],
    [
      'TEI’s full queue',
      429,
      { error: 'Model is overloaded', error_type: 'Overloaded' },
      {},
      'PROVIDER_UNAVAILABLE',
    ],
    [
      'TGI’s own fault',
      424,
      { error: 'Request failed during generation: OOM', error_type: 'generation' },
      {},
      'PROVIDER_UNAVAILABLE',
    ],
    [
      'a wrong parameter for TGI',
      422,
      { error: 'Input validation error: `top_p` must be > 0.0 and < 1.0', error_type: 'validation' },
      {},
      'PROVIDER_REJECTED_REQUEST',
    ],
    [
      'too much for TGI',
      422,
      {
        error:
          'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 20 `max_new_tokens`',
        error_type: 'validation',
      },
      {},
      'CONTEXT_LENGTH_EXCEEDED',
    ],
    [
      'too much for TEI',
      413,
      {
        error: 'Input validation error: `inputs` must have less than 512 tokens. Given: 600',
        error_type: 'Validation',
      },
      {},
      'CONTEXT_LENGTH_EXCEEDED',
    ],
  ])('that is %s', (_what, status, body, headers, reason) => {
    const error = refused(status, body, headers);
    expect([reasonName(error.reason), error.details.httpStatus]).toEqual([reason, status]);
  });

  it('says when a model is loaded that is not yet', () => {
    const loading = { error: 'Model a/b is currently loading', estimated_time: 20.5 };
    const { reason, details } = refused(503, loading);
    expect([reasonName(reason), details.retryAfterMs]).toEqual(['PROVIDER_UNAVAILABLE', 20_500]);
  });

  it('keeps the request’s id, the provider’s own word and its advice, but not its words', () => {
    const body = { error: 'A secret: sk-1', error_type: 'overloaded' };
    const { message, details } = refused(429, body, { 'x-request-id': 'Root=1-2', 'retry-after': '3' });
    expect(message).toBe('huggingface answered 429 (overloaded): it failed.');
    expect(details).toMatchObject({
      providerRequestId: 'Root=1-2',
      providerCode: 'overloaded',
      retryAfterMs: 3000,
    });
  });

  it('says of an empty purse that it wants paying', () => {
    expect(refused(402, { error: 'You have exceeded your monthly included credits' }).message).toBe(
      "huggingface answered 402: it does not accept the gateway's key, or wants paying.",
    );
  });
});

describe('an error inside of an answer', () => {
  it.each<[object, string]>([
    [{ error: 'Request failed during generation', error_type: 'generation' }, 'PROVIDER_UNAVAILABLE'],
    [{ error: 'Incomplete generation', error_type: 'incomplete_generation' }, 'PROVIDER_UNAVAILABLE'],
    [
      { error: 'Input validation error: `stop` supports up to 4', error_type: 'validation' },
      'PROVIDER_REJECTED_REQUEST',
    ],
    [
      { error: '`inputs` must have less than 1024 tokens. Given: 2000', error_type: 'validation' },
      'CONTEXT_LENGTH_EXCEEDED',
    ],
    [{ error: { message: 'no', http_status_code: 422 } }, 'PROVIDER_REJECTED_REQUEST'],
  ])('is told for %j', (answer, reason) => {
    const error = answeredError({ ...answer }, 'huggingface');
    expect(error).toBeInstanceOf(GatewayError);
    expect(error && reasonName(error.reason)).toBe(reason);
  });

  it('is none where there is none', () => {
    expect(answeredError({ generated_text: 'error', error: null }, 'huggingface')).toBeUndefined();
  });
});
