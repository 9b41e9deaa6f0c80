import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { type ClientReadableStream, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { HealthCheckResponse_ServingStatus, HealthClient } from '../../src/gen/grpc/health/v1/health.ts';
import type { StreamCompleteResponse } from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import type { RpcContext } from '../../src/grpc/rpc.ts';
import { aRequest, startServer, text } from '../support/grpc-server.ts';

describe('stopping the server', () => {
  it('lets a running stream finish and refuses new calls', async () => {
    const goOn = Promise.withResolvers<void>();
    await using server = await startServer({
      config: { drainTimeoutMs: 20_000 },
      async *streamComplete() {
        yield text(1, 'a');
        await goOn.promise;
        yield text(2, 'b');
      },
    });
    const client = server.client();
    const stream = client.streamComplete(aRequest);
    await once(stream, 'data');
    const stopped = server.server.stop();
    const refused = await new Promise((resolve) => client.complete(aRequest, (error) => resolve(error)));
    goOn.resolve();
    const [last] = await once(stream, 'data');
    await Promise.all([once(stream, 'end'), stopped]);

    expect(refused).toMatchObject({ code: status.UNAVAILABLE });
    expect(last).toMatchObject({ sequence: 2 });
    expect(server.ended).toMatchObject([{ status: 'OK' }]);
    expect(server.warnings).toEqual([]);
  });

  it('cuts a call that takes too long with an error that says so', async () => {
    await using server = await startServer({
      config: { drainTimeoutMs: 100 },
      streamComplete: until('abort'),
    });
    const stream = server.client().streamComplete(aRequest);
    await once(stream, 'data');
    const [failure] = await Promise.all([failureOf(stream), server.server.stop()]);

    expect(failure).toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringContaining('The gateway is stopping'),
    });
    expect(server.ended).toMatchObject([
      { status: 'UNAVAILABLE', error: { reason: ErrorReason.GATEWAY_OVERLOADED } },
    ]);
    expect(server.warnings).toEqual(['Stopping: cutting calls that ran too long.']);
  });

  it('ends although a handler does not heed the cut', async () => {
    const never = Promise.withResolvers<void>();
    await using server = await startServer({
      config: { drainTimeoutMs: 50 },
      async *streamComplete() {
        yield text(1, 'a');
        await never.promise;
      },
    });
    const stream = server.client().streamComplete(aRequest);
    await once(stream, 'data');
    const [failure] = await Promise.all([failureOf(stream), server.server.stop()]);

    expect(failure.code).not.toBe(status.OK);
    never.resolve();
  });

  it('tells health watchers, and does not wait for them or for silent connections', async () => {
    await using server = await startServer({ config: { drainTimeoutMs: 600_000 } });
    const health = new HealthClient(server.address, credentials.createInsecure());
    const watch = health.watch({ service: 'sluice.v1.CompletionService' });
    watch.on('error', () => {});
    const [before] = await once(watch, 'data');
    const silent = connect(Number(server.address.split(':')[1]), '127.0.0.1');
    silent.on('error', () => {});
    await once(silent, 'connect');
    const [[after]] = await Promise.all([once(watch, 'data'), server.server.stop()]);
    health.close();
    silent.destroy();

    expect(before).toEqual({ status: HealthCheckResponse_ServingStatus.SERVING });
    expect(after).toEqual({ status: HealthCheckResponse_ServingStatus.NOT_SERVING });
  });

  it('may be asked for twice, or before the start', async () => {
    const server = await startServer();

    await Promise.all([server.server.stop(), server.server.stop()]);
    await expect(server.server.stop()).resolves.toBeUndefined();
  });

  it('leaves nothing behind that keeps a process alive', async () => {
    const script = `
      import { startServer, aRequest } from ${JSON.stringify(new URL('../support/grpc-server.ts', import.meta.url))};
      const server = await startServer();
      const client = server.client();
      await new Promise((resolve) => client.complete(aRequest, resolve));
      client.close();
      await server.server.stop();
      console.log('stopped');`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      timeout: 15_000,
    });

    expect((await run).stdout).toBe('stopped\n');
  });
});

describe('starting the server', () => {
  it('says what to do where the port is in use', async () => {
    await using first = await startServer();

    await expect(startServer({ config: { address: first.address } })).rejects.toThrow(
      `server.address is "${first.address}": the port is in use. Stop whatever listens there, or choose another port; 0 picks a free one.`,
    );
  });

  it('says what to do where the address is not of this machine', async () => {
    await expect(startServer({ config: { address: '192.0.2.1:50051' } })).rejects.toThrow(
      'server.address is "192.0.2.1:50051": this machine has no such address.',
    );
  });
});

function until(event: 'abort') {
  return async function* (_request: unknown, { abort }: RpcContext) {
    yield text(1, 'a');
    await once(abort.signal, event);
    abort.signal.throwIfAborted();
  };
}

async function failureOf(stream: ClientReadableStream<StreamCompleteResponse>): Promise<ServiceError> {
  const [error] = await once(stream.resume(), 'error');
  return error;
}
