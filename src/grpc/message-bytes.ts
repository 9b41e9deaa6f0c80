import type { ServerMethodDefinition } from '@grpc/grpc-js';
import { GatewayError, toGatewayError } from '../completion/error.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';

// Messages are read and written here and not by grpc-js, which answers its own bare errors behind our back and
// tells the handler nothing of them.

type RequestReader<Request> = Pick<ServerMethodDefinition<Request, unknown>, 'path' | 'requestDeserialize'>;
type ResponseWriter<Response> = Pick<ServerMethodDefinition<unknown, Response>, 'responseSerialize'>;

/** Reads a request. What cannot be read is the caller's mistake. */
export function readRequest<Request>(method: RequestReader<Request>, bytes: Buffer): Request {
  try {
    return method.requestDeserialize(bytes);
  } catch (cause) {
    throw new GatewayError(
      ErrorReason.INVALID_REQUEST,
      `The request is not a message that ${method.path.slice(1)} takes: its bytes are damaged, or a number in it is out of range.`,
      { cause },
    );
  }
}

/** Writes a response. Fails where it is larger than the server may send. */
export function writeResponse<Response>(
  method: ResponseWriter<Response>,
  response: Response,
  maxMessageBytes: number,
): Buffer {
  const bytes = toBytes(method, response);
  if (bytes.length <= maxMessageBytes) return bytes;
  const size = String(bytes.length);
  const limit = String(maxMessageBytes);
  throw new GatewayError(
    ErrorReason.INTERNAL,
    `The answer has ${size} bytes and the gateway sends at most ${limit}: ask for less, or raise server.maxMessageBytes.`,
    { metadata: { size, limit } },
  );
}

function toBytes<Response>(method: ResponseWriter<Response>, response: Response): Buffer {
  try {
    return method.responseSerialize(response);
  } catch (cause) {
    throw toGatewayError(cause);
  }
}
