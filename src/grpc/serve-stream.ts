import type { handleServerStreamingCall, MethodDefinition, ServerWritableStream } from '@grpc/grpc-js';
import { type GatewayError, toGatewayError } from '../completion/error.ts';
import { readRequest, writeResponse } from './message-bytes.ts';
import { admitCaller, beginRpc, type CallContext, errorOf, type Rpc, type RpcDependencies } from './rpc.ts';
import { statusName, toServiceError } from './status.ts';

/** Answers a request with a stream of responses, which ends when the promise does. */
export type StreamHandler<Request, Response> = (
  request: Request,
  context: CallContext,
  send: Send<Response>,
) => Promise<void>;

/**
 * Sends one response. A promise asks to wait, until a slow reader has caught up or left. It neither throws nor rejects:
 * a response that cannot be sent aborts the call, as a caller that leaves does.
 */
export type Send<Response> = (response: Response) => Promise<void> | undefined;

type Call = ServerWritableStream<Buffer, Buffer>;

/** Makes a handler into what grpc-js calls, in bytes. Whatever the handler does, the call is ended once. */
export function serveStream<Request, Response>(
  method: MethodDefinition<Request, Response>,
  handler: StreamHandler<Request, Response>,
  dependencies: RpcDependencies,
): handleServerStreamingCall<Buffer, Buffer> {
  // Once for all calls of the method.
  const name = method.path.slice(1);

  return (call) => {
    void answer(call, beginRpc(name, call, dependencies));
  };

  async function answer(call: Call, rpc: Rpc): Promise<void> {
    const failure = await sendAll(call, rpc);
    if (!rpc.callerGone) await end(call, rpc, failure);
    const error = rpc.callerGone ?? failure;
    rpc.context.telemetry.ended(error ? statusName(error) : 'OK', error);
  }

  async function sendAll(call: Call, rpc: Rpc): Promise<GatewayError | undefined> {
    const { abort } = rpc.context;
    let unsent: GatewayError | undefined;
    try {
      const context = admitCaller(name, rpc, dependencies);
      await handler(readRequest(method, call.request), context, (response) => {
        if (abort.signal.aborted) return undefined;
        try {
          const goOn = call.write(writeResponse(method, response, dependencies.maxMessageBytes));
          return goOn ? undefined : drained(call, abort.signal);
        } catch (thrown) {
          unsent = toGatewayError(thrown);
          abort.abort(unsent);
          return undefined;
        }
      });
      // The last response may have been the one, which its handler does not notice.
      return unsent;
    } catch (thrown) {
      return errorOf(thrown, rpc);
    }
  }
}

/** Waits until a slow reader has caught up, or there is no more point in waiting. */
function drained(call: Call, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      call.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    call.on('drain', done);
    signal.addEventListener('abort', done);
  });
}

/** Ends the call. Its status goes out behind the messages, so until then the caller may still leave. */
function end(call: Call, rpc: Rpc, failure: GatewayError | undefined): Promise<void> {
  return new Promise((resolve) => {
    call.once('finish', () => {
      rpc.answered = true;
      resolve();
    });
    call.once('cancelled', resolve);
    // Only this sends a status: `destroy` would leave the caller waiting.
    if (failure) call.emit('error', toServiceError(failure, rpc.trailers));
    else call.end(rpc.trailers);
  });
}
