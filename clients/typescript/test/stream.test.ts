import { once } from 'node:events';
import { type CompletionEvent, createClient, type TextChunk, textOf } from '@sluice/client';
import { createFakeGateway, type FakeEvent } from '@sluice/client/testing';
import { describe, expect, it } from 'vitest';

const started: FakeEvent = { $case: 'started', value: { id: 'c1', model: 'fast' } };
const finished: FakeEvent = { $case: 'finished', value: { finishReason: 'FINISH_REASON_STOP' } };
const text = (piece: string): FakeEvent => ({ $case: 'textDelta', value: { text: piece } });
const request = { model: 'fast', prompt: 'Hello' };

describe('stream', () => {
  it('yields the events in order, each with its position', async () => {
    await using gateway = await createFakeGateway({ stream: ['Good ', 'morning.'] });
    await using client = createClient({ address: gateway.address });

    const events = await collect(client.stream(request));

    expect(events.map(({ $case, sequence }) => [sequence, $case])).toEqual([
      [1, 'started'],
      [2, 'textDelta'],
      [3, 'textDelta'],
      [4, 'finished'],
    ]);
  });

  it('begins the call with the first read', async () => {
    await using gateway = await createFakeGateway();
    await using client = createClient({ address: gateway.address });

    const stream = client.stream(request);
    await client.complete(request);
    const before = gateway.calls.map(({ method }) => method);
    await stream.final();

    expect(before).toEqual(['Complete']);
    expect(gateway.calls.map(({ method }) => method)).toEqual(['Complete', 'StreamComplete']);
  });

  it('folds into what the unary call answers', async () => {
    const usage = { inputTokens: 3, outputTokens: 4 };
    const signature = Buffer.from('signed');
    await using gateway = await createFakeGateway({
      stream: [
        started,
        { $case: 'reasoningDelta', value: { text: 'Let me ' } },
        { $case: 'reasoningDelta', value: { text: 'see.', signature } },
        text('One'),
        text(' moment.'),
        { $case: 'toolCallStarted', value: { index: 0, id: 't1', name: 'weather' } },
        { $case: 'toolCallDelta', value: { index: 0, arguments: '{"city":' } },
        { $case: 'toolCallDelta', value: { index: 0, arguments: '"Bern"}' } },
        { $case: 'warning', value: { code: 'PARAMETER_DROPPED', field: 'sampling.seed' } },
        { $case: 'finished', value: { finishReason: 'FINISH_REASON_TOOL_CALLS', usage } },
      ],
    });
    await using client = createClient({ address: gateway.address });

    const folded = await client.stream(request).final();

    expect(folded).toEqual(await client.complete(request));
    expect(folded).toMatchObject({
      id: 'c1',
      model: 'fast',
      finishReason: 'FINISH_REASON_TOOL_CALLS',
      usage,
      warnings: [{ code: 'PARAMETER_DROPPED' }],
      message: {
        role: 'ROLE_ASSISTANT',
        parts: [
          { part: { $case: 'reasoning', value: { text: 'Let me see.', signature } } },
          { part: { $case: 'text', value: 'One moment.' } },
          { part: { $case: 'toolCall', value: { id: 't1', arguments: '{"city":"Bern"}' } } },
        ],
      },
    });
  });

  it('sends a scripted answer in events that fold into it again', async () => {
    await using gateway = await createFakeGateway({
      complete: {
        message: {
          role: 'ROLE_ASSISTANT',
          parts: [
            { part: { $case: 'reasoning', value: { redacted: true, signature: Buffer.from('r') } } },
            { part: { $case: 'toolCall', value: { id: 'a', name: 'f', arguments: '{}' } } },
            { part: { $case: 'toolCall', value: { id: 'b', name: 'g', arguments: '[]' } } },
          ],
        },
        warnings: [{ code: 'PARAMETER_DROPPED' }],
        cost: { nanoUsd: 12 },
      },
    });
    await using client = createClient({ address: gateway.address });

    expect(await client.stream(request).final()).toEqual(await client.complete(request));
  });

  it('forgets the text that a failover made void, and tells readers of text to start over', async () => {
    await using gateway = await createFakeGateway({
      stream: [
        started,
        text('Half an ans'),
        { $case: 'failedOver', value: { discardPrevious: true, provider: 'anthropic' } },
        text('A whole '),
        { $case: 'failedOver', value: { discardPrevious: false } },
        { $case: 'part', value: { part: { $case: 'text', value: 'answer.' } } },
        finished,
      ],
    });
    await using client = createClient({ address: gateway.address });

    const chunks: TextChunk[] = await collect(client.stream(request).textChunks());

    expect(await client.stream(request).text()).toBe('A whole answer.');
    expect(chunks).toEqual([
      { text: 'Half an ans', startsOver: false },
      { text: '', startsOver: true },
      { text: 'A whole ', startsOver: false },
      { text: 'answer.', startsOver: false },
    ]);
  });

  it('keeps the whole answer for after the loop, and lets the loop end at `finished`', async () => {
    await using gateway = await createFakeGateway({ stream: ['Good ', 'morning.'] });
    await using client = createClient({ address: gateway.address });
    const stream = client.stream(request);

    for await (const event of stream) if (event.$case === 'finished') break;

    expect(textOf(await stream.final())).toBe('Good morning.');
    expect(gateway.calls[0]?.signal.aborted).toBe(false);
  });

  it('has one reader', async () => {
    await using gateway = await createFakeGateway();
    await using client = createClient({ address: gateway.address });
    const stream = client.stream(request);

    await stream.text();

    expect(() => stream[Symbol.asyncIterator]()).toThrow(TypeError);
    expect(await stream.text()).toBe('Hello from the fake gateway.');
  });

  it.each([
    ['a break', (): 'break' => 'break'],
    [
      'an exception',
      (): never => {
        throw new Error('mine');
      },
    ],
  ])('cancels the call when the loop is left by %s', async (_, leave) => {
    await using gateway = await createFakeGateway({ stream: endless });
    await using client = createClient({ address: gateway.address });
    const stream = client.stream(request);

    await readUntil(stream, leave).catch(() => {});

    await aborted(gateway.calls[0]?.signal);
    await expect(stream.final()).rejects.toMatchObject({ status: 'CANCELLED' });
  });

  it('cancels the call when the signal aborts, with its reason as cause', async () => {
    await using gateway = await createFakeGateway({ stream: endless });
    await using client = createClient({ address: gateway.address });
    const controller = new AbortController();
    const stream = client.stream(request, { signal: controller.signal });

    const reading = readUntil(stream, () => controller.abort('enough'));

    await expect(reading).rejects.toMatchObject({ status: 'CANCELLED', cause: 'enough' });
    await expect(stream.final()).rejects.toMatchObject({ status: 'CANCELLED', cause: 'enough' });
    await aborted(gateway.calls[0]?.signal);
  });

  it('yields nothing more after the signal has aborted, though more has arrived', async () => {
    await using gateway = await createFakeGateway({ stream: 'x'.repeat(50).split('') });
    await using client = createClient({ address: gateway.address });
    const controller = new AbortController();
    const events = client.stream(request, { signal: controller.signal })[Symbol.asyncIterator]();
    await events.next();
    await new Promise((resolve) => setTimeout(resolve, 100));

    controller.abort('enough');

    await expect(events.next()).rejects.toMatchObject({ status: 'CANCELLED', cause: 'enough' });
  });

  it('ends at its deadline, here and at the gateway', async () => {
    await using gateway = await createFakeGateway({ stream: endless });
    await using client = createClient({ address: gateway.address });

    await expect(client.stream(request, { timeoutMs: 300 }).text()).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
    });
    await aborted(gateway.calls[0]?.signal);
  });

  it('fails a stream that ends well without `finished`', async () => {
    await using gateway = await createFakeGateway({ stream: [started, text('Half')] });
    await using client = createClient({ address: gateway.address });
    const stream = client.stream(request);
    const seen: CompletionEvent[] = [];

    const reading = readUntil(stream, (event) => seen.push(event));

    await expect(reading).rejects.toMatchObject({
      reason: 'INCOMPLETE_STREAM',
      status: 'DATA_LOSS',
      retryable: true,
      message: 'The stream ended after event 2, without `finished`.',
    });
    expect(seen.map(({ $case }) => $case)).toEqual(['started', 'textDelta']);
    await expect(stream.final()).rejects.toMatchObject({ reason: 'INCOMPLETE_STREAM' });
  });

  it('fails a stream that skips an event, and cancels it', async () => {
    await using gateway = await createFakeGateway({
      async *stream(_, { signal }) {
        yield started;
        yield { ...text('gap'), sequence: 3 };
        await once(signal, 'abort');
      },
    });
    await using client = createClient({ address: gateway.address });

    await expect(client.stream(request).text()).rejects.toMatchObject({
      reason: 'INCOMPLETE_STREAM',
      message: 'The stream jumped from event 1 to 3.',
    });
    await aborted(gateway.calls[0]?.signal);
  });

  it('passes over events that it does not know', async () => {
    const fromTheFuture = { $case: 'weatherReport', value: {} } as unknown as FakeEvent;
    await using gateway = await createFakeGateway({ stream: [started, fromTheFuture, text('Hi'), finished] });
    await using client = createClient({ address: gateway.address });

    expect(await client.stream(request).text()).toBe('Hi');
  });

  it('holds the gateway back while the reader pauses', async () => {
    const piece = 'x'.repeat(16 * 1024);
    let sent = 0;
    await using gateway = await createFakeGateway({
      async *stream() {
        yield started;
        for (; sent < 5_000; sent += 1) yield text(piece);
        yield finished;
      },
    });
    await using client = createClient({ address: gateway.address });
    const events = client.stream(request)[Symbol.asyncIterator]();

    await events.next();
    await events.next();
    // Until the gateway stands still: two looks in a row that show the same.
    for (let before = -1; before !== sent; await new Promise((resolve) => setTimeout(resolve, 300)))
      before = sent;
    await events.return();

    expect(sent).toBeLessThan(500);
  });
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Text without end, until the caller leaves. */
async function* endless(_: unknown, { signal }: { signal: AbortSignal }): AsyncGenerator<FakeEvent> {
  yield started;
  while (!signal.aborted) {
    yield text('and ');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function readUntil(
  stream: AsyncIterable<CompletionEvent>,
  look: (event: CompletionEvent) => unknown,
): Promise<void> {
  for await (const event of stream) if (look(event) === 'break') break;
}

async function aborted(signal: AbortSignal | undefined): Promise<void> {
  expect(signal).toBeDefined();
  if (signal && !signal.aborted) await once(signal, 'abort');
}
