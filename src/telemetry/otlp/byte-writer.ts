/** How a protobuf field is written. */
export const Wire = { VARINT: 0, FIXED64: 1, BYTES: 2, FIXED32: 5 } as const;

/**
 * Writes protobuf into one buffer that grows. `BinaryWriter` of @bufbuild/protobuf does too, but writes short texts
 * character by character, which made a span three times as dear.
 */
export interface ByteWriter {
  /** How much has been written. */
  readonly position: number;
  tag(field: number, wire: (typeof Wire)[keyof typeof Wire]): void;
  /** A whole number from 0 to 2^53 - 1. */
  varint(value: number): void;
  fixed32(value: number): void;
  fixed64(value: bigint): void;
  double(value: number): void;
  text(value: string): void;
  /** Bytes that are given in hexadecimal. */
  hex(value: string): void;
  /** What is protobuf already. */
  raw(value: Uint8Array): void;
  /** Begins a value whose length is known at its {@link ByteWriter.close}. */
  open(): number;
  close(start: number): void;
  /** A copy of what has been written since a position. */
  since(position: number): Uint8Array;
  /** A copy of all that has been written; then begins anew. */
  take(): Uint8Array;
}

/** Creates a {@link ByteWriter}. */
export function createByteWriter(): ByteWriter {
  let buffer = Buffer.allocUnsafe(64 * 1024);
  let at = 0;

  return {
    get position() {
      return at;
    },
    tag: (field, wire) => varint((field << 3) | wire),
    varint,
    fixed32(value) {
      reserve(4);
      at = buffer.writeUInt32LE(value, at);
    },
    fixed64(value) {
      reserve(8);
      at = buffer.writeBigUInt64LE(value, at);
    },
    double(value) {
      reserve(8);
      at = buffer.writeDoubleLE(value, at);
    },
    text(value) {
      const start = open();
      // No code unit takes more than three bytes.
      reserve(value.length * 3);
      at += buffer.write(value, at);
      close(start);
    },
    hex(value) {
      const start = open();
      reserve(value.length / 2);
      at += buffer.write(value, at, 'hex');
      close(start);
    },
    raw(value) {
      reserve(value.length);
      buffer.set(value, at);
      at += value.length;
    },
    open,
    close,
    since: (position) => Buffer.from(buffer.subarray(position, at)),
    take() {
      const written = Buffer.from(buffer.subarray(0, at));
      at = 0;
      return written;
    },
  };

  function varint(value: number): void {
    reserve(8);
    let rest = value;
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) buffer[at++] = (rest % 0x80) | 0x80;
    for (; rest > 0x7f; rest >>>= 7) buffer[at++] = (rest & 0x7f) | 0x80;
    buffer[at++] = rest;
  }

  function open(): number {
    reserve(1);
    return at++;
  }

  function close(start: number): void {
    const length = at - start - 1;
    if (length <= 0x7f) {
      buffer[start] = length;
      return;
    }
    // One byte was left for the length, which is enough for most.
    const more = Math.ceil((32 - Math.clz32(length)) / 7) - 1;
    reserve(more);
    buffer.copyWithin(start + 1 + more, start + 1, at);
    at = start;
    varint(length);
    at += length;
  }

  function reserve(size: number): void {
    if (at + size <= buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + size));
    buffer.copy(grown, 0, 0, at);
    buffer = grown;
  }
}
