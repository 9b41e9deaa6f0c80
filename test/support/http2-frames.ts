// Frames of HTTP/2 (RFC 9113) one by one, for orders in which no client library sends them.

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

const TYPES = { data: 0, headers: 1, reset: 3, settings: 4 };
const END_STREAM = 1;
const END_HEADERS = 4;
const CANCEL = 8;

export const settings = frame('settings', 0, 0, Buffer.alloc(0));

export function headers(stream: number, said: Record<string, string>): Buffer {
  return frame('headers', END_HEADERS, stream, Buffer.concat(Object.entries(said).map(field)));
}

/** A piece of the request, or its end without any. */
export function data(stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  return frame('data', payload.length === 0 ? END_STREAM : 0, stream, payload);
}

/** The caller leaves. */
export function cancel(stream: number): Buffer {
  const code = Buffer.alloc(4);
  code.writeUInt32BE(CANCEL);
  return frame('reset', 0, stream, code);
}

/** A message of gRPC, not compressed. */
export function grpcMessage(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** A literal header field without indexing (RFC 7541, 6.2.2), of at most 126 characters. */
function field([name, value]: [string, string]): Buffer {
  return Buffer.concat([
    Buffer.of(0, name.length),
    Buffer.from(name),
    Buffer.of(value.length),
    Buffer.from(value),
  ]);
}

function frame(type: keyof typeof TYPES, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(TYPES[type], 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
