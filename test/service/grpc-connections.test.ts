import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it, vi } from 'vitest';
import {
  CompleteRequest,
  CompleteResponse,
  CompletionServiceClient,
} from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import { aRequest, startServer, type TestServer, text } from '../support/grpc-server.ts';

const mib = 1024 * 1024;

describe('the size of messages', () => {
  it('may be 31 MiB each way', async () => {
    await using server = await startServer({
      complete: async ({ prompt }) => CompleteResponse.fromPartial({ id: prompt }),
    });
    const response = await complete(server, 'x'.repeat(31 * mib));

    expect(response).toHaveProperty('id.length', 31 * mib);
  });

  it('is refused with RESOURCE_EXHAUSTED at 33 MiB, before the handler hears of it', async () => {
    await using server = await startServer();
    const error = await complete(server, 'x'.repeat(33 * mib));

    expect(error).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(server.ended).toEqual([]);
  });

  it('is refused with a sentence where an answer is too large', async () => {
    await using server = await startServer({
      config: { maxMessageBytes: 1_000 },
      complete: async () => CompleteResponse.fromPartial({ id: 'x'.repeat(2_000) }),
    });

    expect(await complete(server, 'hello')).toMatchObject({
      code: status.INTERNAL,
      details:
        'The answer has 2003 bytes and the gateway sends at most 1000: ask for less, or raise server.maxMessageBytes.',
    });
  });
});

describe('a streamed response', () => {
  it('ends the call with a sentence where it is too large, also if it is the last', async () => {
    await using server = await startServer({
      config: { maxMessageBytes: 1_000 },
      async *streamComplete() {
        yield text(1, 'x'.repeat(2_000));
      },
    });
    const stream = server.client().streamComplete(aRequest);
    stream.resume();
    const [error] = await once(stream, 'error');

    expect(error).toMatchObject({
      code: status.INTERNAL,
      details: expect.stringContaining('the gateway sends at most 1000'),
    });
    await expect.poll(() => server.ended).toMatchObject([{ status: 'INTERNAL' }]);
  });
});

describe('a connection', () => {
  it('is told to go away at its age', async () => {
    await using server = await startServer({ config: { maxConnectionAgeMs: 200 } });
    const session = connectHttp2(`http://${server.address}`);
    const [code, , reason] = await once(session, 'goaway');
    await once(session, 'close');

    expect({ code, reason: String(reason) }).toEqual({ code: 0, reason: 'max_age' });
  });

  it('is replaced by the client at its age, while its running call finishes', async () => {
    const goOn = Promise.withResolvers<void>();
    await using server = await startServer({
      config: { maxConnectionAgeMs: 200 },
      async *streamComplete() {
        yield text(1, 'a');
        await goOn.promise;
        yield text(2, 'b');
      },
    });
    const client = server.client();
    const stream = client.streamComplete(aRequest);
    await once(stream, 'data');
    await vi.waitFor(
      async () => {
        await complete(server, 'hello', client);
        expect(new Set(server.started.map(({ peer }) => peer)).size).toBe(2);
      },
      { timeout: 10_000 },
    );
    goOn.resolve();
    const [last] = await once(stream, 'data');
    await once(stream.resume(), 'end');

    expect(last).toMatchObject({ sequence: 2 });
    expect(new Set(server.ended.map(({ status }) => status))).toEqual(new Set(['OK']));
  });

  it('is cut, and its call cancelled, where the caller has vanished without a word', async () => {
    const entered = Promise.withResolvers<AbortSignal>();
    await using server = await startServer({
      config: { keepaliveTimeMs: 100, keepaliveTimeoutMs: 100 },
      async complete(_request, { abort }) {
        entered.resolve(abort.signal);
        await once(abort.signal, 'abort');
        throw abort.signal.reason;
      },
    });
    await using line = await startLine(server.address);
    const client = new CompletionServiceClient(line.address, credentials.createInsecure());
    client.complete(aRequest, () => {});
    const signal = await entered.promise;
    line.freeze();
    await once(signal, 'abort');
    client.close();

    expect(signal.reason).toMatchObject({ reason: ErrorReason.CANCELLED });
  });
});

describe('channelz', () => {
  it('is served on the loopback', async () => {
    await using server = await startServer();

    expect((await channelz(server.address)).code).toBe(status.OK);
  });

  it('is not served where others can reach it', async () => {
    await using server = await startServer({ config: { address: '0.0.0.0:0' } });

    expect((await channelz(server.address.replace('0.0.0.0', '127.0.0.1'))).code).toBe(status.UNIMPLEMENTED);
  });
});

function complete(
  server: TestServer,
  prompt: string,
  client = server.client({ 'grpc.max_receive_message_length': -1 }),
) {
  const request = CompleteRequest.fromPartial({ model: 'demo', prompt });
  return new Promise<CompleteResponse | ServiceError>((resolve) => {
    client.complete(request, (error, response) => resolve(error ?? response));
  });
}

/** Asks for the servers of the process, without any need to understand the answer. */
async function channelz(address: string): Promise<{ code: number }> {
  const client = new Client(address, credentials.createInsecure());
  try {
    return await new Promise((resolve) => {
      const call = client.makeUnaryRequest(
        '/grpc.channelz.v1.Channelz/GetServers',
        () => Buffer.alloc(0),
        String,
        {},
        () => {},
      );
      call.on('status', resolve);
    });
  } finally {
    client.close();
  }
}

/** A connection to a server that can go dead without being closed. */
async function startLine(to: string) {
  const sockets: Socket[] = [];
  const proxy = createServer((near) => {
    const far = connect(Number(to.split(':')[1]), '127.0.0.1');
    for (const socket of [near, far]) sockets.push(socket.on('error', () => {}));
    near.pipe(far).pipe(near);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const { port } = proxy.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
