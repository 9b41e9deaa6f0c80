import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type ClientReadableStream, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../src/completion/error.ts';
import { ErrorInfo } from '../../src/gen/google/rpc/error_details.ts';
import { Status } from '../../src/gen/google/rpc/status.ts';
import { CompleteResponse, type StreamCompleteResponse } from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import { unimplemented } from '../../src/grpc/bind-service.ts';
import type { RpcContext } from '../../src/grpc/rpc.ts';
import { aRequest, startServer, type TestServer, text } from '../support/grpc-server.ts';

const unary = 'sluice.v1.CompletionService/Complete';
const streaming = 'sluice.v1.CompletionService/StreamComplete';

describe('a unary call', () => {
  it('is answered, and ends once as OK although grpc-js says cancelled afterwards', async () => {
    let context: RpcContext | undefined;
    const server = await startServer({
      async complete(request, rpc) {
        context = rpc;
        return CompleteResponse.fromPartial({ id: 'one', model: request.model });
      },
    });

    expect((await complete(server)).id).toBe('one');
    await server[Symbol.asyncDispose]();
    expect(context?.abort.signal.aborted).toBe(false);
    expect(server.ended).toEqual([{ method: unary, status: 'OK', error: undefined }]);
  });

  it('shows its handler the deadline, the metadata and the address of the caller', async () => {
    let context: RpcContext | undefined;
    await using server = await startServer({
      async complete(_request, rpc) {
        context = rpc;
        return CompleteResponse.fromPartial({});
      },
    });
    const metadata = new Metadata();
    metadata.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    const deadline = Date.now() + 60_000;
    await complete(server, { metadata, deadline });

    expect(context?.deadline).toBeGreaterThan(deadline - 5_000);
    expect(context?.deadline).toBeLessThan(deadline + 5_000);
    expect(context?.metadata.get('traceparent')).toHaveLength(1);
    expect(server.started[0]?.metadata.get('traceparent')).toEqual(metadata.get('traceparent'));

    await complete(server);
    expect(context?.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it.each<[string, () => Promise<CompleteResponse>]>([
    [
      'rejects',
      async () => {
        throw new Error('sk-secret');
      },
    ],
    [
      'throws at once',
      () => {
        throw new Error('sk-secret');
      },
    ],
    [
      'answers what cannot be written',
      async () => CompleteResponse.fromPartial({ usage: { inputTokens: 0.5 } }),
    ],
  ])('fails as INTERNAL, and says nothing of it, when its handler %s', async (_case, handler) => {
    await using server = await startServer({ complete: handler });
    const error = await failureOf(complete(server));

    expect(error).toMatchObject({ code: status.INTERNAL, details: expect.not.stringContaining('secret') });
    expect(reasonOf(error)).toBe('INTERNAL');
    expect(server.ended).toMatchObject([{ status: 'INTERNAL', error: { cause: expect.any(Error) } }]);
  });

  it('fails with the status, message and details of a gateway error', async () => {
    const message = 'zwei Zeilen,\nvoller Umlaute: äöü 100 %';
    await using server = await startServer({
      async complete() {
        throw new GatewayError(ErrorReason.MODEL_NOT_FOUND, message, { metadata: { model: 'x' } });
      },
    });
    const error = await failureOf(complete(server));

    expect(error).toMatchObject({ code: status.NOT_FOUND, details: message });
    expect(reasonOf(error)).toBe('MODEL_NOT_FOUND');
    expect(server.ended).toMatchObject([
      { status: 'NOT_FOUND', error: { reason: ErrorReason.MODEL_NOT_FOUND } },
    ]);
  });

  it('is refused as INVALID_ARGUMENT where its bytes are no request', async () => {
    await using server = await startServer();
    const error = await failureOf(
      new Promise((resolve, reject) => {
        const settle = (failure: ServiceError | null) => (failure ? reject(failure) : resolve(undefined));
        server.client().makeUnaryRequest(`/${unary}`, () => Buffer.from([0x0a, 0xff]), String, {}, settle);
      }),
    );

    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(reasonOf(error)).toBe('INVALID_REQUEST');
  });

  it('is UNIMPLEMENTED where its handler is still to be written', async () => {
    await using server = await startServer({ complete: unimplemented });

    expect((await failureOf(complete(server))).code).toBe(status.UNIMPLEMENTED);
  });

  it('tells its handler that the caller left, and outlives what the handler throws then', async () => {
    const handler = hangingHandler();
    await using server = await startServer({ complete: handler.complete });
    const call = server.client().complete(aRequest, () => {});
    await handler.entered;
    call.cancel();

    expect(await handler.abortedWith).toMatchObject({ reason: ErrorReason.CANCELLED });
    await vi.waitFor(() => expect(server.ended).toMatchObject([{ status: 'CANCELLED' }]));
  });

  it('tells its handler that the deadline passed', async () => {
    const handler = hangingHandler();
    await using server = await startServer({ complete: handler.complete });
    const error = await failureOf(complete(server, { deadline: Date.now() + 300 }));

    expect(error.code).toBe(status.DEADLINE_EXCEEDED);
    expect(await handler.abortedWith).toMatchObject({ reason: ErrorReason.DEADLINE_EXCEEDED });
    await vi.waitFor(() => expect(server.ended).toMatchObject([{ status: 'DEADLINE_EXCEEDED' }]));
  });

  it('is told apart by the reason of an abort that its handler answered with an error of its own', async () => {
    await using server = await startServer({
      async complete(_request, { abort }) {
        abort.abort(new GatewayError(ErrorReason.PROVIDER_TIMEOUT, 'Too slow.'));
        throw new DOMException('aborted', 'AbortError');
      },
    });

    expect(reasonOf(await failureOf(complete(server)))).toBe('PROVIDER_TIMEOUT');
  });
});

describe('a streamed call', () => {
  it('sends what its handler yields and ends once as OK', async () => {
    await using server = await startServer({
      async *streamComplete() {
        yield text(1, 'a');
        yield text(2, 'b');
      },
    });

    expect(await textsOf(server.client().streamComplete(aRequest))).toEqual(['a', 'b']);
    expect(server.ended).toEqual([{ method: streaming, status: 'OK', error: undefined }]);
  });

  it.each<[string, () => AsyncIterable<StreamCompleteResponse>]>([
    [
      'fails',
      async function* () {
        yield text(1, 'a');
        throw new Error('sk-secret');
      },
    ],
    [
      'yields what cannot be written',
      async function* () {
        yield text(1, 'a');
        yield text(0.5, 'b');
      },
    ],
  ])('ends with an error behind its messages when its handler %s', async (_case, handler) => {
    await using server = await startServer({ streamComplete: handler });
    const stream = server.client().streamComplete(aRequest);
    const texts: string[] = [];
    stream.on('data', (event: StreamCompleteResponse) => texts.push(textOf(event)));
    const error = await failureOf(textsOf(stream));

    expect(texts).toEqual(['a']);
    expect(error).toMatchObject({ code: status.INTERNAL, details: expect.not.stringContaining('secret') });
    expect(reasonOf(error)).toBe('INTERNAL');
    expect(server.ended).toMatchObject([{ method: streaming, status: 'INTERNAL' }]);
  });

  it('fails before its first message when its handler throws at once', async () => {
    await using server = await startServer({
      streamComplete() {
        throw new GatewayError(ErrorReason.CIRCUIT_OPEN, 'Every circuit is open.', { retryAfterMs: 10_001 });
      },
    });
    const error = await failureOf(textsOf(server.client().streamComplete(aRequest)));

    expect(error.code).toBe(status.UNAVAILABLE);
    expect(reasonOf(error)).toBe('CIRCUIT_OPEN');
    expect(server.ended).toMatchObject([{ status: 'UNAVAILABLE' }]);
  });

  it('tells its handler that the caller left, and runs its clean-up', async () => {
    const handler = hangingHandler();
    await using server = await startServer({ streamComplete: handler.streamComplete });
    const stream = ignoringErrors(server.client().streamComplete(aRequest));
    await once(stream, 'data');
    stream.cancel();

    expect(await handler.abortedWith).toMatchObject({ reason: ErrorReason.CANCELLED });
    await handler.cleanedUp;
    await vi.waitFor(() => expect(server.ended).toMatchObject([{ status: 'CANCELLED' }]));
  });

  it('tells its handler that the deadline passed', async () => {
    const handler = hangingHandler();
    await using server = await startServer({ streamComplete: handler.streamComplete });
    const deadline = Date.now() + 300;
    const error = await failureOf(
      textsOf(server.client().streamComplete(aRequest, new Metadata(), { deadline })),
    );

    expect(error.code).toBe(status.DEADLINE_EXCEEDED);
    expect(await handler.abortedWith).toMatchObject({ reason: ErrorReason.DEADLINE_EXCEEDED });
    await vi.waitFor(() => expect(server.ended).toMatchObject([{ status: 'DEADLINE_EXCEEDED' }]));
  });

  it('stops its handler while the reader is slow, and goes on without losing a message', async () => {
    let yielded = 0;
    const count = 400;
    await using server = await startServer({
      async *streamComplete() {
        for (; yielded < count; yielded += 1) yield text(yielded + 1, 'x'.repeat(16_384));
      },
    });
    const stream = ignoringErrors(server.client().streamComplete(aRequest));
    await once(stream, 'data');
    stream.pause();
    await settled(() => yielded);
    const whilePaused = yielded;
    stream.resume();
    const received = await textsOf(stream);

    expect(whilePaused).toBeLessThan(count / 2);
    expect(received.length).toBe(count - 1);
    expect(server.ended).toMatchObject([{ status: 'OK' }]);
  });

  it('runs the clean-up of its handler when a slow reader leaves', async () => {
    let yielded = 0;
    const cleanedUp = Promise.withResolvers<void>();
    const warned = vi.fn();
    process.on('warning', warned);
    await using server = await startServer({
      async *streamComplete() {
        try {
          for (;;) {
            yielded += 1;
            yield text(yielded, 'x'.repeat(16_384));
          }
        } finally {
          cleanedUp.resolve();
        }
      },
    });
    const stream = ignoringErrors(server.client().streamComplete(aRequest));
    await once(stream, 'data');
    stream.pause();
    await settled(() => yielded);
    stream.cancel();

    await cleanedUp.promise;
    await vi.waitFor(() => expect(server.ended).toMatchObject([{ status: 'CANCELLED' }]));
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });

  it('leaves no listener behind however often its reader was slow', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    await using server = await startServer({
      async *streamComplete() {
        for (let sequence = 1; sequence <= 600; sequence += 1) yield text(sequence, 'x'.repeat(16_384));
      },
    });
    const received = await textsOf(server.client().streamComplete(aRequest));
    process.off('warning', warned);

    expect(received.length).toBe(600);
    expect(warned).not.toHaveBeenCalled();
  });

  it('ends as CANCELLED where the caller left before the last message was sent', async () => {
    const handled = Promise.withResolvers<void>();
    await using server = await startServer({
      async *streamComplete() {
        // More than a reader that has stopped takes (16, and a window), less than the server's own 16 on top.
        for (let sequence = 1; sequence <= 28; sequence += 1) yield text(sequence, 'x'.repeat(100_000));
        handled.resolve();
      },
    });
    const stream = ignoringErrors(server.client().streamComplete(aRequest));
    await once(stream, 'data');
    stream.pause();
    await handled.promise;
    await delay(100);
    expect(server.ended).toEqual([]);
    stream.cancel();

    await vi.waitFor(() => expect(server.ended).toMatchObject([{ status: 'CANCELLED' }]));
  });
});

/** Handlers that do not end by themselves, and throw something of their own once they are aborted. */
function hangingHandler() {
  const entered = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<unknown>();
  const cleanedUp = Promise.withResolvers<void>();
  const hang = async ({ abort }: RpcContext): Promise<never> => {
    entered.resolve();
    await once(abort.signal, 'abort');
    aborted.resolve(abort.signal.reason);
    throw new Error('whatever a provider throws when its socket is closed');
  };
  return {
    entered: entered.promise,
    abortedWith: aborted.promise,
    cleanedUp: cleanedUp.promise,
    complete: (_request: unknown, context: RpcContext) => hang(context),
    async *streamComplete(_request: unknown, context: RpcContext) {
      try {
        yield text(1, 'a');
        await hang(context);
      } finally {
        cleanedUp.resolve();
      }
    },
  };
}

function complete(
  server: TestServer,
  { metadata = new Metadata(), ...options }: { metadata?: Metadata; deadline?: number } = {},
): Promise<CompleteResponse> {
  return new Promise((resolve, reject) => {
    server
      .client()
      .complete(aRequest, metadata, options, (error, response) =>
        error ? reject(error) : resolve(response),
      );
  });
}

async function failureOf(promise: Promise<unknown>): Promise<ServiceError> {
  const error = await promise.then(
    () => new Error('the call was expected to fail'),
    (thrown: ServiceError) => thrown,
  );
  expect(error).toHaveProperty('metadata');
  return error as ServiceError;
}

function reasonOf({ metadata }: ServiceError): string {
  const [bytes] = metadata.get('grpc-status-details-bin');
  const [detail] = Status.decode(bytes as Buffer).details;
  return ErrorInfo.decode(detail?.value ?? Buffer.alloc(0)).reason;
}

async function textsOf(stream: ClientReadableStream<StreamCompleteResponse>): Promise<string[]> {
  const texts: string[] = [];
  for await (const event of stream) texts.push(textOf(event));
  return texts;
}

function textOf({ event }: StreamCompleteResponse): string {
  return event?.$case === 'textDelta' ? event.value.text : '';
}

/** A client stream that is cancelled says so by an error. */
function ignoringErrors<Stream extends ClientReadableStream<StreamCompleteResponse>>(stream: Stream): Stream {
  return stream.on('error', () => {});
}

/** Waits until a count has stopped moving. */
async function settled(count: () => number): Promise<void> {
  for (let last = -1; last !== count(); ) {
    last = count();
    await delay(200);
  }
}
