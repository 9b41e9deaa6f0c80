import { describe, expect, it } from 'vitest';
import { reasonName } from '../../../../src/completion/error.ts';
import { failedResponse, mapError, streamException } from '../../../../src/providers/bedrock/map-error.ts';

const context = { provider: 'bedrock', region: 'us-east-1', now: () => 0 };

function failed(status: number, kind: string | undefined, message: string | undefined, headers = {}) {
  const body = message === undefined ? '' : JSON.stringify({ message });
  const type = kind && { 'x-amzn-errortype': `${kind}:http://internal.amazon.com/coral/com.amazon.bedrock/` };
  return failedResponse(new Response(body, { status, headers: { ...type, ...headers } }), context);
}

describe('an error of Bedrock', () => {
  // No recording has these; statuses and kinds are the API reference's, texts those that were reported.
  it.each([
    [400, 'ValidationException', 'Malformed input request', 'PROVIDER_REJECTED_REQUEST'],
    [400, 'ValidationException', 'Input is too long for requested model.', 'CONTEXT_LENGTH_EXCEEDED'],
    [
      400,
      'ValidationException',
      "This model's maximum context length is 8192 tokens.",
      'CONTEXT_LENGTH_EXCEEDED',
    ],
    [
      400,
      'ValidationException',
      'prompt is too long: 210000 tokens > 200000 maximum',
      'CONTEXT_LENGTH_EXCEEDED',
    ],
    [400, 'ValidationException', 'Too many input tokens. Max input tokens: 8192', 'CONTEXT_LENGTH_EXCEEDED'],
    [400, 'ValidationException', 'Output blocked by content filtering policy', 'CONTENT_BLOCKED'],
    [400, 'ValidationException', 'Operation not allowed', 'PROVIDER_CREDENTIALS_REJECTED'],
    [
      400,
      'ValidationException',
      'The model returned the following errors: This model does not support assistant message prefill.',
      'PROVIDER_REJECTED_REQUEST',
    ],
    [
      400,
      'ValidationException',
      'The model that you are using requires the last turn in the conversation to be a user message.',
      'PROVIDER_REJECTED_REQUEST',
    ],
    [
      400,
      'ServiceQuotaExceededException',
      'Your request exceeds the service quota.',
      'PROVIDER_RATE_LIMITED',
    ],
    [403, 'AccessDeniedException', "You don't have access to the model.", 'PROVIDER_CREDENTIALS_REJECTED'],
    [404, 'ResourceNotFoundException', 'Model not found', 'MODEL_NOT_FOUND'],
    [404, 'UnknownOperationException', undefined, 'PROVIDER_RESPONSE_INVALID'],
    [404, undefined, undefined, 'PROVIDER_RESPONSE_INVALID'],
    [408, 'ModelTimeoutException', 'The request took too long.', 'PROVIDER_TIMEOUT'],
    [424, 'ModelErrorException', 'The model failed.', 'PROVIDER_UNAVAILABLE'],
    [
      429,
      'ThrottlingException',
      'Too many tokens per day, please wait before trying again.',
      'PROVIDER_RATE_LIMITED',
    ],
    [429, 'ModelNotReadyException', 'The model is not ready.', 'PROVIDER_UNAVAILABLE'],
    [500, 'InternalServerException', 'An internal server error occurred.', 'PROVIDER_UNAVAILABLE'],
    [503, 'ServiceUnavailableException', 'The service is not available.', 'PROVIDER_UNAVAILABLE'],
    [502, undefined, undefined, 'PROVIDER_UNAVAILABLE'],
  ])('%s %s "%s" is %s', async (status, kind, message, reason) => {
    const error = await failed(status, kind, message);
    expect([reasonName(error.reason), error.details.httpStatus, error.details.providerCode]).toEqual([
      reason,
      status,
      kind,
    ]);
  });

  it.each([
    [
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
      'no such access key',
    ],
    [
      'ExpiredTokenException',
      'The security token included in the request is expired',
      'session token has expired',
    ],
    [
      'InvalidSignatureException',
      'The request signature we calculated does not match',
      'secret does not fit',
    ],
    ['InvalidSignatureException', 'Credential should be scoped to a valid region.', 'region us-east-1'],
    [
      'AccessDeniedException',
      'User is not authorized to perform: bedrock:InvokeModel',
      'lacks the permission',
    ],
  ])('403 %s "%s" says that it is about "%s"', async (kind, message, words) => {
    const error = await failed(403, kind, message);
    expect(reasonName(error.reason)).toBe('PROVIDER_CREDENTIALS_REJECTED');
    expect(error.message).toContain(words);
    expect(error.message).not.toContain(message);
  });

  it('says how to name a model that answers by a profile only', async () => {
    const message = "Invocation of model ID x with on-demand throughput isn't supported.";
    const error = await failed(400, 'ValidationException', message);
    expect([reasonName(error.reason), error.message.includes('"us."')]).toEqual(['MODEL_NOT_FOUND', true]);
  });

  it('keeps the request id, and when to try again', async () => {
    const headers = { 'x-amzn-requestid': 'req-1', 'retry-after': '2' };
    const { details } = await failed(429, 'ThrottlingException', 'Slow down.', headers);
    expect([details.providerRequestId, details.retryAfterMs]).toEqual(['req-1', 2000]);
  });

  it('takes the kind from the body where no header has it', async () => {
    const body = JSON.stringify({
      __type: 'com.amazon.coral.service#ThrottlingException',
      Message: 'Slow down.',
    });
    const error = await failedResponse(new Response(body, { status: 400 }), context);
    expect([reasonName(error.reason), error.details.providerCode]).toEqual([
      'PROVIDER_RATE_LIMITED',
      'ThrottlingException',
    ]);
  });

  it("is the request's fault where the model behind Bedrock says so", async () => {
    const body = JSON.stringify({ message: 'The model failed.', originalStatusCode: 400 });
    const headers = { 'x-amzn-errortype': 'ModelErrorException' };
    const error = await failedResponse(new Response(body, { status: 424, headers }), context);
    expect(reasonName(error.reason)).toBe('PROVIDER_REJECTED_REQUEST');
  });

  it('tells a region that there is not', () => {
    const lost = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const error = mapError(new TypeError('fetch failed', { cause: lost }), {
      provider: 'bedrock',
      region: 'us-east-9',
    });
    expect([reasonName(error.reason), error.message]).toEqual([
      'PROVIDER_UNAVAILABLE',
      'bedrock was not found in the DNS; there may be no Bedrock in region us-east-9.',
    ]);
  });
});

describe('an exception in a stream', () => {
  // No recording has one; kinds as in the API reference of ConverseStream.
  it.each([
    ['throttlingException', {}, 'PROVIDER_RATE_LIMITED', 429],
    ['validationException', {}, 'PROVIDER_REJECTED_REQUEST', 400],
    [
      'validationException',
      { message: 'Input is too long for requested model.' },
      'CONTEXT_LENGTH_EXCEEDED',
      400,
    ],
    ['modelStreamErrorException', {}, 'PROVIDER_UNAVAILABLE', 424],
    ['modelStreamErrorException', { originalStatusCode: 429 }, 'PROVIDER_RATE_LIMITED', 424],
    ['modelTimeoutException', {}, 'PROVIDER_TIMEOUT', 408],
    ['internalServerException', {}, 'PROVIDER_UNAVAILABLE', 500],
    ['serviceUnavailableException', {}, 'PROVIDER_UNAVAILABLE', 503],
    ['somethingNewException', {}, 'PROVIDER_UNAVAILABLE', undefined],
  ])('%s %j is %s', (kind, payload, reason, httpStatus) => {
    const error = streamException(kind, JSON.stringify(payload), 'bedrock');
    expect([reasonName(error.reason), error.details.httpStatus]).toEqual([reason, httpStatus]);
  });

  it('need not say what it is', () => {
    expect(reasonName(streamException(undefined, 'not JSON', 'bedrock').reason)).toBe('PROVIDER_UNAVAILABLE');
  });
});
