import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners, once } from 'node:events';
import { type Context, context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  createClient,
  image,
  type SluiceError,
  system,
  textOf,
  toolCallsOf,
  toolResult,
  user,
} from '@sluice/client';
import { createFakeGateway } from '@sluice/client/testing';
import { describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };

describe('complete', () => {
  it('sends a partial request as the contract wants it and resolves to the whole answer', async () => {
    await using gateway = await createFakeGateway({ complete: 'Good morning.' });
    await using client = createClient({ address: gateway.address });

    const answer = await client.complete({
      model: 'fast',
      messages: [system('Be brief.'), user('Hello', image(new Uint8Array([1, 2, 3]), 'image/png'))],
      sampling: { temperature: 0 },
    });

    expect(textOf(answer)).toBe('Good morning.');
    expect(answer.model).toBe('fast');
    expect(gateway.calls[0]?.request).toMatchObject({
      model: 'fast',
      messages: [
        { role: 'ROLE_SYSTEM', parts: [{ part: { $case: 'text', value: 'Be brief.' } }] },
        {
          role: 'ROLE_USER',
          parts: [
            { part: { $case: 'text', value: 'Hello' } },
            {
              part: {
                $case: 'image',
                value: { mediaType: 'image/png', source: { $case: 'data', value: Buffer.from([1, 2, 3]) } },
              },
            },
          ],
        },
      ],
      sampling: { temperature: 0, topP: undefined },
    });
  });

  it('takes an answer back as a message, and the result of its tool call', async () => {
    const call = { id: 'c1', name: 'weather', arguments: '{"city":"Bern"}', signature: Buffer.from('s') };
    await using gateway = await createFakeGateway({
      complete: ({ messages }) =>
        messages.length === 1
          ? { message: { role: 'ROLE_ASSISTANT', parts: [{ part: { $case: 'toolCall', value: call } }] } }
          : 'Rain.',
    });
    await using client = createClient({ address: gateway.address });
    const question = user('Weather in Bern?');

    const first = await client.complete({ model: 'fast', messages: [question] });
    const results = toolCallsOf(first).map((toolCall) => toolResult(toolCall, '{"sky":"rain"}'));
    const second = await client.complete({
      model: 'fast',
      messages: [question, ...(first.message ? [first.message] : []), ...results],
    });

    expect(textOf(second)).toBe('Rain.');
    expect(gateway.calls[1]?.request).toMatchObject({
      messages: [
        {},
        { parts: [{ part: { value: call } }] },
        {
          role: 'ROLE_TOOL',
          parts: [
            {
              part: {
                value: { toolCallId: 'c1', name: 'weather', content: '{"sky":"rain"}', isError: false },
              },
            },
          ],
        },
      ],
    });
  });

  it('carries a request and an answer of 20 MiB', async () => {
    await using gateway = await createFakeGateway({ complete: ({ prompt }) => prompt });
    await using client = createClient({ address: gateway.address });
    const prompt = 'x'.repeat(20 * 1024 * 1024);

    const answer = await client.complete({ model: 'fast', prompt });

    expect(textOf(answer) === prompt).toBe(true);
  });

  it('names itself and sends the key and the own metadata', async () => {
    await using gateway = await createFakeGateway();
    await using client = createClient({ address: gateway.address, apiKey: async () => 'secret' });

    await client.complete(
      { model: 'fast' },
      { metadata: { 'x-team': 'search', 'trace-bin': new Uint8Array([7]) } },
    );

    expect(gateway.calls[0]?.metadata).toMatchObject({
      authorization: 'Bearer secret',
      'user-agent': expect.stringContaining(`@sluice/client/${packageJson.version} grpc-node-js/`),
      'x-team': 'search',
      'trace-bin': '\x07',
    });
  });

  it('passes the active trace on', async () => {
    const storage = new AsyncLocalStorage<Context>();
    context.setGlobalContextManager({
      active: () => storage.getStore() ?? ROOT_CONTEXT,
      with: (active, run, self, ...args) => storage.run(active, () => run.call(self as never, ...args)),
      bind: (_, target) => target,
      enable() {
        return this;
      },
      disable() {
        return this;
      },
    });
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    await using gateway = await createFakeGateway();
    await using client = createClient({ address: gateway.address });
    const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };

    await context.with(trace.setSpanContext(ROOT_CONTEXT, span), async () => {
      await client.complete({ model: 'fast' });
      await client.stream({ model: 'fast' }).final();
    });
    context.disable();
    propagation.disable();

    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(gateway.calls).toMatchObject([{ metadata: { traceparent } }, { metadata: { traceparent } }]);
  });

  it('cancels the call at the gateway when the signal aborts, and lets go of the signal', async () => {
    const received = Promise.withResolvers<AbortSignal>();
    await using gateway = await createFakeGateway({
      complete: async (_, { signal }) => {
        received.resolve(signal);
        await once(signal, 'abort');
        return 'too late';
      },
    });
    await using client = createClient({ address: gateway.address });
    const controller = new AbortController();
    const { signal } = controller;

    const answer = client.complete({ model: 'fast' }, { signal });
    const atGateway = await received.promise;
    controller.abort('bored');
    const left = atGateway.aborted ? undefined : once(atGateway, 'abort');

    await expect(answer).rejects.toMatchObject({ status: 'CANCELLED', reason: 'CANCELLED', cause: 'bored' });
    await left;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('does not even begin under a signal that has aborted', async () => {
    await using gateway = await createFakeGateway();
    await using client = createClient({ address: gateway.address });

    const answer = client.complete({ model: 'fast' }, { signal: AbortSignal.abort() });

    await expect(answer).rejects.toMatchObject({ status: 'CANCELLED' });
    expect(gateway.calls).toEqual([]);
  });

  it('lets go of the signal after calls that ended well or badly', async () => {
    await using gateway = await createFakeGateway({
      complete: ({ model }) => {
        if (model === 'good') return 'yes';
        throw new Error('no');
      },
    });
    await using client = createClient({ address: gateway.address });
    const { signal } = new AbortController();

    await client.complete({ model: 'good' }, { signal });
    await client.complete({ model: 'bad' }, { signal }).catch(() => {});
    await client.stream({ model: 'good' }, { signal }).final();

    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('tells the gateway the deadline, and ends there with DEADLINE_EXCEEDED', async () => {
    const left = Promise.withResolvers<void>();
    await using gateway = await createFakeGateway({
      complete: async (_, { signal }) => {
        await once(signal, 'abort');
        left.resolve();
        return 'too late';
      },
    });
    await using client = createClient({ address: gateway.address, timeoutMs: 60_000 });
    const before = Date.now();

    const answer = client.complete({ model: 'fast' }, { timeoutMs: 300 });

    await expect(answer).rejects.toMatchObject({ status: 'DEADLINE_EXCEEDED', code: 4, retryable: false });
    await left.promise;
    expect(gateway.calls[0]?.deadline).toBeGreaterThan(before);
    expect(gateway.calls[0]?.deadline).toBeLessThan(before + 10_000);
  });

  it('has a deadline of its own for unary calls, and none for streams', async () => {
    await using gateway = await createFakeGateway();
    await using client = createClient({ address: gateway.address });
    const before = Date.now();

    await client.complete({ model: 'fast' });
    await client.stream({ model: 'fast' }).final();

    const [unary, stream] = gateway.calls.map(({ deadline }) => deadline - before);
    expect(Math.round((unary ?? 0) / 60_000)).toBe(10);
    expect(stream).toBe(Number.POSITIVE_INFINITY);
  });

  it('bounds the wait for the key by the deadline', async () => {
    await using gateway = await createFakeGateway();
    await using client = createClient({
      address: gateway.address,
      apiKey: () => new Promise<string>(() => {}),
    });

    await expect(client.complete({ model: 'fast' }, { timeoutMs: 50 })).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
    });
    expect(gateway.calls).toEqual([]);
  });

  it.each([0, -1, Number.NaN])('refuses a timeoutMs of %d', async (timeoutMs) => {
    await using client = createClient({ address: '127.0.0.1:1' });

    await expect(client.complete({ model: 'fast' }, { timeoutMs })).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: `timeoutMs is ${timeoutMs}: expected milliseconds above 0, or Infinity`,
    });
  });

  it('names a value of the wrong type as the caller’s mistake', async () => {
    await using client = createClient({ address: '127.0.0.1:1' });

    await expect(client.complete({ model: 'fast', maxOutputTokens: 1.5 })).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      reason: 'INVALID_REQUEST',
    });
  });

  it.each([
    ['a line break', () => 'secret\n'],
    ['nothing', () => ''],
  ])('never shows a key that ends in %s', async (_, apiKey) => {
    await using client = createClient({ address: '127.0.0.1:1', apiKey });

    const error: SluiceError = await client.complete({ model: 'fast' }).catch((thrown) => thrown);

    expect(error).toMatchObject({ status: 'UNAUTHENTICATED', reason: 'API_KEY_UNAVAILABLE' });
    expect(error.message).not.toContain('secret');
  });
});
