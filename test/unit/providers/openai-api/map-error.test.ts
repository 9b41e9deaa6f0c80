import { APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { reasonName } from '../../../../src/completion/error.ts';
import { answeredError, mapError, toError } from '../../../../src/providers/openai-api/map-error.ts';

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

describe('mapping an HTTP error of another server', () => {
  it.each<[string, number, unknown, string, string | undefined]>([
    [
      'llama.cpp',
      400,
      { error: { code: 400, message: 'x', type: 'exceed_context_size_error', n_ctx: 4096 } },
      'CONTEXT_LENGTH_EXCEEDED',
      'exceed_context_size_error',
    ],
    [
      'llama.cpp without eyes',
      500,
      { error: { code: 500, message: 'image input is not supported - hint', type: 'server_error' } },
      'PROVIDER_REJECTED_REQUEST',
      'server_error',
    ],
    ...[400, 500].map((status): [string, number, unknown, string, string] => [
      'llama.cpp, of a begun answer to a model that thinks',
      status,
      {
        error: {
          code: status,
          message: 'Assistant response prefill is incompatible with enable_thinking.',
          type: 'a_type',
        },
      },
      'PROVIDER_REJECTED_REQUEST',
      'a_type',
    ]),
    [
      'Mistral, of a begun answer that it should not go on with',
      400,
      {
        object: 'error',
        message:
          'Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant',
        type: 'invalid_request_message_order',
        code: '3230',
      },
      'PROVIDER_REJECTED_REQUEST',
      '3230',
    ],
    [
      'DeepSeek, of a begun answer beside tools',
      400,
      {
        error: {
          message: 'Function call should not be used with prefix',
          type: 'invalid_request_error',
          param: null,
          code: 'invalid_request_error',
        },
      },
      'PROVIDER_REJECTED_REQUEST',
      'invalid_request_error',
    ],
    [
      'vLLM, of a begun answer that it should not go on with',
      400,
      {
        object: 'error',
        message:
          'Cannot set `add_generation_prompt` to True when the last message is from the assistant. Consider using `continue_final_message` instead.',
        type: 'BadRequestError',
        code: 400,
      },
      'PROVIDER_REJECTED_REQUEST',
      'BadRequestError',
    ],
    [
      'Perplexity, of a begun answer',
      400,
      { error: { message: 'Last message must have role `user`.', type: 'invalid_message', code: 400 } },
      'PROVIDER_REJECTED_REQUEST',
      'invalid_message',
    ],
    [
      'llama.cpp without rerank',
      501,
      { error: { code: 501, message: 'x', type: 'not_supported_error' } },
      'PROVIDER_REJECTED_REQUEST',
      'not_supported_error',
    ],
    [
      'llama.cpp at another path',
      404,
      { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } },
      'PROVIDER_RESPONSE_INVALID',
      'not_found_error',
    ],
    [
      'vLLM, flat',
      404,
      {
        object: 'error',
        message: 'The model `x` does not exist.',
        type: 'NotFoundError',
        param: null,
        code: 404,
      },
      'MODEL_NOT_FOUND',
      'NotFoundError',
    ],
    [
      'vLLM, of a longer prompt',
      400,
      {
        object: 'error',
        message: 'The decoder prompt (length 9000) is longer than the maximum model length of 8192.',
        type: 'BadRequestError',
        code: 400,
      },
      'CONTEXT_LENGTH_EXCEEDED',
      'BadRequestError',
    ],
    [
      'llama.cpp, of a longer text to embed',
      500,
      {
        error: {
          code: 500,
          message: 'input (600 tokens) is too large to process. increase the physical batch size',
          type: 'server_error',
        },
      },
      'CONTEXT_LENGTH_EXCEEDED',
      'server_error',
    ],
    [
      'xAI, of a wrong key',
      400,
      {
        code: 'Client specified an invalid argument',
        error: 'Incorrect API key provided: sk***YA. You can obtain an API key from https://console.x.ai.',
      },
      'PROVIDER_CREDENTIALS_REJECTED',
      undefined,
    ],
    [
      'Groq, of an old model',
      400,
      { error: { message: 'x', type: 'invalid_request_error', code: 'model_decommissioned' } },
      'MODEL_NOT_FOUND',
      'model_decommissioned',
    ],
    ['FastAPI at another path', 404, { detail: 'Not Found' }, 'PROVIDER_RESPONSE_INVALID', undefined],
    [
      'Mistral',
      422,
      { detail: [{ loc: ['body'], msg: 'Field required', type: 'missing' }] },
      'PROVIDER_REJECTED_REQUEST',
      undefined,
    ],
    ['Mistral', 401, { detail: 'Invalid API Key' }, 'PROVIDER_CREDENTIALS_REJECTED', undefined],
    [
      'Mistral',
      400,
      { object: 'error', message: 'Invalid model: x', type: 'invalid_model', code: '1500' },
      'MODEL_NOT_FOUND',
      '1500',
    ],
    [
      'Mistral',
      500,
      { object: 'error', message: 'Service unavailable.', type: 'internal_server_error', code: '1000' },
      'PROVIDER_UNAVAILABLE',
      '1000',
    ],
    [
      'xAI',
      400,
      {
        code: 'invalid-argument',
        error: "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
      },
      'CONTEXT_LENGTH_EXCEEDED',
      'invalid-argument',
    ],
    [
      'xAI',
      403,
      { code: 'permission-denied', error: 'Content violates usage guidelines.' },
      'CONTENT_BLOCKED',
      'permission-denied',
    ],
    [
      'Cerebras',
      403,
      { message: 'Multimodal is not enabled', type: 'invalid_request_error', code: 'multimodal_not_enabled' },
      'PROVIDER_REJECTED_REQUEST',
      'multimodal_not_enabled',
    ],
    [
      'OpenRouter',
      402,
      { error: { code: 402, message: 'Insufficient credits' }, user_id: 'u' },
      'PROVIDER_CREDENTIALS_REJECTED',
      undefined,
    ],
    [
      'OpenRouter, of another',
      400,
      {
        error: {
          code: 400,
          message: 'Provider returned error',
          metadata: { raw: '{"message":"prompt is too long: 3 tokens > 2 maximum"}' },
        },
      },
      'CONTEXT_LENGTH_EXCEEDED',
      undefined,
    ],
    [
      'OpenRouter',
      400,
      { error: { code: 400, message: 'foo/bar is not a valid model ID' } },
      'MODEL_NOT_FOUND',
      undefined,
    ],
    [
      'DeepSeek',
      400,
      { error: { message: 'Model Not Exist', type: 'invalid_request_error', code: 'invalid_request_error' } },
      'MODEL_NOT_FOUND',
      'invalid_request_error',
    ],
    [
      'TGI',
      422,
      {
        error: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096.',
        error_type: 'validation',
      },
      'CONTEXT_LENGTH_EXCEEDED',
      undefined,
    ],
    [
      'Ollama',
      404,
      { error: { message: "model 'x' not found", type: 'api_error', code: null } },
      'MODEL_NOT_FOUND',
      'api_error',
    ],
    ['Ollama of old', 404, { error: "model 'x' not found" }, 'MODEL_NOT_FOUND', undefined],
    [
      'Groq, too large for a minute',
      413,
      { error: { message: 'Request too large', type: 'tokens', code: 'rate_limit_exceeded' } },
      'CONTEXT_LENGTH_EXCEEDED',
      'rate_limit_exceeded',
    ],
    [
      'Gemini, in a list',
      429,
      [{ error: { code: 429, message: 'x', status: 'RESOURCE_EXHAUSTED' } }],
      'PROVIDER_RATE_LIMITED',
      undefined,
    ],
    ['a proxy', 404, '404 page not found', 'PROVIDER_RESPONSE_INVALID', undefined],
    ['a proxy', 502, '<html>Bad gateway</html>', 'PROVIDER_UNAVAILABLE', undefined],
  ])('%s, %i', (_whose, status, said, reason, code) => {
    const [body, words] = typeof said === 'string' ? [undefined, said] : [said as object, undefined];
    const error = mapError(toError(status, body, words, new Headers()), context);
    expect([reasonName(error.reason), error.details.providerCode]).toEqual([reason, code]);
  });

  it.each(['x-request-id', 'apim-request-id', 'mistral-correlation-id', 'x-ds-trace-id'])(
    'keeps the id of the request that stands in %s',
    (header) => {
      const thrown = toError(500, undefined, '', new Headers({ [header]: 'id_1' }));
      expect(mapError(thrown, context).details.providerRequestId).toBe('id_1');
    },
  );
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
