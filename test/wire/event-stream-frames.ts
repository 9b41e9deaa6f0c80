import { crc32 } from 'node:zlib';

// Frames of AWS's event stream, written by its specification: total length, length of the headers, checksum of these
// two, headers, payload, checksum of everything before it.

/** A frame that holds an event. */
export function frame(type: string, payload: string): Buffer {
  return frameOf(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    payload,
  );
}

/** A frame that says why the stream fails; `type` begins with a small letter. */
export function exceptionFrame(type: string, payload: string): Buffer {
  return frameOf(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    payload,
  );
}

/** A frame with texts for headers, of which there may be others before. */
export function frameOf(headers: Record<string, string>, payload: string, before = Buffer.alloc(0)): Buffer {
  const head = Buffer.concat([
    before,
    ...Object.entries(headers).map(([name, value]) => textHeader(name, value)),
  ]);
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(prelude.length + head.length + body.length + 4, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  return withChecksum(Buffer.concat([prelude, head, body]));
}

function withChecksum(bytes: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return Buffer.concat([bytes, checksum]);
}

/** Length of the name, name, type 7, length of the value, value. */
function textHeader(name: string, value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([
    Buffer.from([name.length]),
    Buffer.from(name),
    Buffer.from([7]),
    length,
    Buffer.from(value),
  ]);
}
