import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { CompleteRequest, CompleteResponse } from '../../src/gen/sluice/v1/completion_service.ts';
import { startServer, type TestServer } from '../support/grpc-server.ts';
import { cancel, data, grpcMessage, headers, PREFACE, settings } from '../support/http2-frames.ts';

const request = grpcMessage(CompleteRequest.encode(CompleteRequest.fromPartial({ model: 'demo' })).finish());

/** Sends what comes before the end of a request, and then, in a piece of its own, the rest. */
async function send(server: TestServer, method: string, timeout: string, rest: Uint8Array): Promise<void> {
  const [host = '', port] = server.address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {});
  const opening = headers(1, {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': `/sluice.v1.CompletionService/${method}`,
    ':authority': 'localhost',
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': timeout,
  });
  socket.write(Buffer.concat([PREFACE, settings, opening, data(1, request)]));
  await sleep(150);
  socket.write(rest);
  await sleep(50);
  socket.destroy();
}

/** As a provider that never answers. */
function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

// The order of a busy moment: the request has come, its end has not, and by then nobody waits for the answer.
describe.each(['Complete', 'StreamComplete'])(
  '%s, whose caller is gone before its request has ended',
  (method) => {
    it.each([
      ['by its deadline', '50m', data(1), 'DEADLINE_EXCEEDED'],
      ['since it left', '1H', Buffer.concat([data(1), cancel(1)]), 'CANCELLED'],
    ])('ends, %s, and is not waited for when the server stops', async (_why, timeout, rest, status) => {
      await using server = await startServer({
        config: { drainTimeoutMs: 10_000 },
        complete: (_, { abort }) => never(abort.signal),
        streamComplete: (_, { abort }) => ({
          [Symbol.asyncIterator]: () => ({ next: () => never(abort.signal) }),
        }),
      });
      await send(server, method, timeout, rest);
      await expect.poll(() => server.ended).toMatchObject([{ status }]);
      const stopping = performance.now();
      await server.server.stop();
      expect(performance.now() - stopping).toBeLessThan(2_000);
      expect(server.warnings).toEqual([]);
    });
  },
);

describe('a connection on which thousands of calls are given up', () => {
  it('carries its other calls to their end', async () => {
    const answered = Promise.withResolvers<CompleteResponse>();
    await using server = await startServer({
      complete: ({ model }, { abort }) => (model === 'patient' ? answered.promise : never(abort.signal)),
    });
    const client = server.client();
    const ask = (model: string, deadline: number): Promise<unknown> =>
      new Promise((resolve) => {
        client.complete(
          CompleteRequest.fromPartial({ model }),
          new Metadata(),
          { deadline },
          (error, response) => resolve(error ? status[error.code] : response),
        );
      });
    const patient = ask('patient', Date.now() + 60_000);
    const givenUp = new Set<unknown>();
    for (let round = 0; round < 4; round += 1) {
      const deadline = Date.now() + 300;
      const endings = await Promise.all(Array.from({ length: 600 }, () => ask('hasty', deadline)));
      for (const ending of endings) givenUp.add(ending);
    }
    answered.resolve(CompleteResponse.fromPartial({ id: 'at last' }));

    expect(await patient).toMatchObject({ id: 'at last' });
    expect([...givenUp]).toEqual(['DEADLINE_EXCEEDED']);
  });
});
