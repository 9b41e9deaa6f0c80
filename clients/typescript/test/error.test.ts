import { inspect } from 'node:util';
import { createClient, SluiceError, type SluiceErrorInit } from '@sluice/client';
import { AttemptOutcome } from '@sluice/client/proto';
import { createFakeGateway } from '@sluice/client/testing';
import { describe, expect, it } from 'vitest';

const usage = {
  inputTokens: 9,
  outputTokens: 2,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  estimated: true,
};
const attempt = {
  provider: 'openai',
  providerModel: 'gpt-5',
  startTime: new Date(1_700_000_000_000),
  duration: { seconds: 1, nanos: 500_000_000 },
  outcome: AttemptOutcome.FAILED,
  reason: 'PROVIDER_RATE_LIMITED',
  httpStatus: 429,
  providerRequestId: 'req_1',
};

describe('SluiceError', () => {
  it.each<[string, SluiceErrorInit, { code: number; retryable: boolean }]>([
    [
      'a field at fault',
      {
        status: 'INVALID_ARGUMENT',
        reason: 'INVALID_REQUEST',
        message: 'messages[0].role: must be set',
        metadata: { field: 'messages[0].role' },
        fieldViolations: [{ field: 'messages[0].role', description: 'must be set' }],
      },
      { code: 3, retryable: false },
    ],
    [
      'a limit that passes',
      {
        status: 'RESOURCE_EXHAUSTED',
        reason: 'CALLER_RATE_LIMITED',
        message: 'The key checkout made 600 requests in this minute, its limit.',
        retryAfterMs: 1_250,
        quotaViolations: [{ subject: 'key:checkout', description: '600 requests per minute' }],
      },
      { code: 8, retryable: true },
    ],
    [
      'a budget that is spent',
      { status: 'RESOURCE_EXHAUSTED', reason: 'BUDGET_EXHAUSTED', message: 'The budget is spent.' },
      { code: 8, retryable: false },
    ],
    [
      'providers that failed',
      {
        status: 'INTERNAL',
        reason: 'PROVIDER_RESPONSE_INVALID',
        message: 'No provider answered.',
        attempts: [attempt, { ...attempt, provider: 'anthropic' }],
        usage,
        cost: { nanoUsd: 1_200, unpriced: false, estimated: true },
      },
      { code: 13, retryable: false },
    ],
  ])('tells everything that the gateway tells: %s', async (_, init, also) => {
    await using gateway = await createFakeGateway({ complete: new SluiceError(init) });
    await using client = createClient({ address: gateway.address });

    const unary = await failure(client.complete({ model: 'fast' }));
    const streamed = await failure(client.stream({ model: 'fast' }).text());

    const { cause: _unaryCause, ...unaryFields } = fieldsOf(unary);
    const { cause: _streamedCause, ...streamedFields } = fieldsOf(streamed);
    expect(unaryFields).toEqual({ ...fieldsOf(new SluiceError(init)), ...also });
    expect(streamedFields).toEqual(unaryFields);
    expect(unary).toBeInstanceOf(Error);
  });

  it('keeps what grpc-js threw as its cause', async () => {
    await using gateway = await createFakeGateway();
    await using client = createClient({ address: gateway.address });

    const error = await failure(client.usage.getBudget());

    expect(error).toMatchObject({ status: 'UNIMPLEMENTED', code: 12, cause: { code: 12 } });
  });

  it('takes the status for the reason where no gateway answered', async () => {
    await using client = createClient({ address: '127.0.0.1:1', maxAttempts: 1 });

    const error = await failure(client.complete({ model: 'fast' }));

    expect(error).toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'UNAVAILABLE',
      retryable: true,
      attempts: [],
    });
  });

  it('is recognised across two copies of the package', async () => {
    const anotherCopy = '../src/error.ts?another-copy';
    const { SluiceError: Other } = (await import(anotherCopy)) as { SluiceError: typeof SluiceError };

    const error = new Other({ status: 'INTERNAL', message: 'elsewhere' });

    expect(error).not.toBeInstanceOf(SluiceError);
    expect(SluiceError.is(error)).toBe(true);
    expect([new Error('no'), { name: 'SluiceError' }, null, 'SluiceError'].filter(SluiceError.is)).toEqual(
      [],
    );
  });

  it('shows nothing of the request’s content, however it is printed', async () => {
    await using gateway = await createFakeGateway({
      complete: new SluiceError({ status: 'INTERNAL', message: 'A bug.' }),
    });
    await using client = createClient({ address: gateway.address, apiKey: 'the-key' });

    const error = await failure(client.complete({ model: 'fast', prompt: 'the-prompt' }));

    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/the-prompt|the-key/);
  });
});

async function failure(call: Promise<unknown>): Promise<SluiceError> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(SluiceError.is(thrown)).toBe(true);
  return thrown as SluiceError;
}

function fieldsOf(error: SluiceError) {
  return { ...error, message: error.message };
}
