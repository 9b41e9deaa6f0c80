import { createClient, SluiceError, textOf } from '@sluice/client';
import { createFakeGateway, type FakeCall, type FakeEvent } from '@sluice/client/testing';
import { describe, expect, it } from 'vitest';

const unavailable = new SluiceError({
  status: 'UNAVAILABLE',
  reason: 'PROVIDER_UNAVAILABLE',
  message: 'Down.',
});

describe('retries', () => {
  it('tries a call again that ended UNAVAILABLE, unary and streamed', async () => {
    await using gateway = await createFakeGateway({ complete: failingFirst(unavailable) });
    await using client = createClient({ address: gateway.address });

    const whole = await client.complete({ model: 'fast' });
    const streamed = await client.stream({ model: 'fast' }).text();

    expect([textOf(whole), streamed]).toEqual(['Now.', 'Now.']);
    expect(gateway.calls.map(({ method }) => method)).toEqual([
      'Complete',
      'Complete',
      'StreamComplete',
      'StreamComplete',
    ]);
  });

  it('tries a large request again', async () => {
    await using gateway = await createFakeGateway({ complete: failingFirst(unavailable) });
    await using client = createClient({ address: gateway.address });

    const answer = await client.complete({ model: 'fast', prompt: 'x'.repeat(3 * 1024 * 1024) });

    expect(textOf(answer)).toBe('Now.');
  });

  it('does not repeat a stream of which something has arrived', async () => {
    await using gateway = await createFakeGateway({
      async *stream(): AsyncGenerator<FakeEvent> {
        yield { $case: 'started', value: { id: 'c1' } };
        throw unavailable;
      },
    });
    await using client = createClient({ address: gateway.address });

    await expect(client.stream({ model: 'fast' }).text()).rejects.toMatchObject({
      reason: 'PROVIDER_UNAVAILABLE',
    });
    expect(gateway.calls).toHaveLength(1);
  });

  it.each(['INVALID_ARGUMENT', 'RESOURCE_EXHAUSTED', 'INTERNAL', 'UNKNOWN', 'ABORTED'] as const)(
    'does not repeat a call that ended %s',
    async (status) => {
      await using gateway = await createFakeGateway({
        complete: new SluiceError({ status, message: 'No.' }),
      });
      await using client = createClient({ address: gateway.address });

      await expect(client.complete({ model: 'fast' })).rejects.toMatchObject({ status });
      expect(gateway.calls).toHaveLength(1);
    },
  );

  it('gives up after three attempts', async () => {
    await using gateway = await createFakeGateway({ complete: unavailable });
    await using client = createClient({ address: gateway.address });

    await expect(client.complete({ model: 'fast' })).rejects.toMatchObject({
      reason: 'PROVIDER_UNAVAILABLE',
    });
    expect(gateway.calls).toHaveLength(3);
  });

  it('can be told not to', async () => {
    await using gateway = await createFakeGateway({ complete: unavailable });
    await using client = createClient({ address: gateway.address, maxAttempts: 1 });

    await expect(client.complete({ model: 'fast' })).rejects.toMatchObject({
      reason: 'PROVIDER_UNAVAILABLE',
    });
    expect(gateway.calls).toHaveLength(1);
  });

  it('waits as long as the gateway asks for', async () => {
    const inAMinute = new SluiceError({ status: 'UNAVAILABLE', message: 'Later.', retryAfterMs: 60_000 });
    await using gateway = await createFakeGateway({ complete: failingFirst(inAMinute) });
    await using client = createClient({ address: gateway.address });

    await expect(client.complete({ model: 'fast' }, { timeoutMs: 1_500 })).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
    });
    expect(gateway.calls).toHaveLength(1);
  });
});

/** Fails the first attempt of every call. */
function failingFirst(error: SluiceError) {
  return (_: unknown, { metadata }: FakeCall) => {
    if (metadata['grpc-previous-rpc-attempts'] === undefined) throw error;
    return 'Now.';
  };
}
