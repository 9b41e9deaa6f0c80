import { once } from 'node:events';
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  Metadata,
  ServerUnaryCall,
  ServerWritableStream,
} from '@grpc/grpc-js';
import { encodeError } from './encode-error.ts';
import type { FakeCall } from './script.ts';

/** Handles a unary RPC: notes the call, and answers with what `answer` makes of it. */
export function answerOnce(
  calls: FakeCall[],
  answer: (call: FakeCall) => Promise<unknown>,
): handleUnaryCall<unknown, unknown> {
  return (serverCall, callback) => {
    const { call, end } = receive(serverCall, calls);
    answer(call)
      .finally(end)
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(encodeError(error)),
      );
  };
}

/** Handles a streaming RPC: notes the call, and sends what `answer` yields as fast as it is read. */
export function answerStream(
  calls: FakeCall[],
  answer: (call: FakeCall) => AsyncIterable<unknown>,
): handleServerStreamingCall<unknown, unknown> {
  return (serverCall) => {
    const { call, end } = receive(serverCall, calls);
    send(serverCall, answer(call), call.signal)
      .finally(end)
      .then(
        () => serverCall.end(),
        // Not destroy(), which sends no status at all.
        (error: unknown) => serverCall.emit('error', encodeError(error)),
      );
  };
}

type ServerCall = Pick<
  ServerUnaryCall<unknown, unknown>,
  'request' | 'metadata' | 'getDeadline' | 'getPath'
> & {
  on(event: 'cancelled', listener: () => void): unknown;
};

function receive(serverCall: ServerCall, calls: FakeCall[]): { call: FakeCall; end(): void } {
  const leaving = new AbortController();
  let ended = false;
  // Also emitted after a call that ended well.
  serverCall.on('cancelled', () => {
    if (!ended) leaving.abort();
  });
  const deadline = serverCall.getDeadline();
  const call: FakeCall = {
    method: serverCall.getPath().replace(/^.*\//, ''),
    request: serverCall.request,
    metadata: readMetadata(serverCall.metadata),
    deadline: deadline instanceof Date ? deadline.getTime() : deadline,
    signal: leaving.signal,
  };
  calls.push(call);
  return {
    call,
    end() {
      ended = true;
    },
  };
}

function readMetadata(metadata: Metadata): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata.getMap()).map(([name, value]) => [name, value.toString()]),
  );
}

async function send(
  serverCall: ServerWritableStream<unknown, unknown>,
  messages: AsyncIterable<unknown>,
  signal: AbortSignal,
): Promise<void> {
  for await (const message of messages) {
    signal.throwIfAborted();
    if (!serverCall.write(message)) await once(serverCall, 'drain', { signal });
  }
}
