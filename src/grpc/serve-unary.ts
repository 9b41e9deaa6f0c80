import type { handleUnaryCall, MethodDefinition, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { GatewayError } from '../completion/error.ts';
import { readRequest, writeResponse } from './message-bytes.ts';
import { admitCaller, beginRpc, type CallContext, errorOf, type Rpc, type RpcDependencies } from './rpc.ts';
import { statusName, toServiceError } from './status.ts';

/** Answers a request with one response. */
export type UnaryHandler<Request, Response> = (request: Request, context: CallContext) => Promise<Response>;

type Call = ServerUnaryCall<Buffer, Buffer>;

/** Makes a handler into what grpc-js calls, in bytes. Whatever the handler does, the call is answered once. */
export function serveUnary<Request, Response>(
  method: MethodDefinition<Request, Response>,
  handler: UnaryHandler<Request, Response>,
  dependencies: RpcDependencies,
): handleUnaryCall<Buffer, Buffer> {
  // Once for all calls of the method.
  const name = method.path.slice(1);

  return (call, send) => {
    void answer(call, send, beginRpc(name, call, dependencies));
  };

  async function answer(call: Call, send: sendUnaryData<Buffer>, rpc: Rpc): Promise<void> {
    const outcome = await respond(call, rpc);
    const error = rpc.callerGone ?? (outcome instanceof GatewayError ? outcome : undefined);
    if (!rpc.callerGone) {
      rpc.answered = true;
      if (outcome instanceof GatewayError) send(toServiceError(outcome, rpc.trailers));
      else send(null, outcome, rpc.trailers);
    }
    rpc.context.telemetry.ended(error ? statusName(error) : 'OK', error);
  }

  async function respond(call: Call, rpc: Rpc): Promise<Buffer | GatewayError> {
    try {
      const context = admitCaller(name, rpc, dependencies);
      const response = await handler(readRequest(method, call.request), context);
      return writeResponse(method, response, dependencies.maxMessageBytes);
    } catch (thrown) {
      return errorOf(thrown, rpc);
    }
  }
}
