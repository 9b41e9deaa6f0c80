import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** A span as it came over the wire. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** Empty for a root. */
  parentSpanId: string;
  traceState: string;
  name: string;
  kind: 'UNSPECIFIED' | 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER';
  /** Nanoseconds since the epoch. */
  startTime: bigint;
  endTime: bigint;
  attributes: Record<string, unknown>;
  status: { code: 'UNSET' | 'OK' | 'ERROR'; message: string };
  resource: Record<string, unknown>;
}

/**
 * Decodes an `ExportTraceServiceRequest` by the field numbers of opentelemetry-proto, independently of the library
 * that encoded it.
 */
export function decodeSpans(request: Uint8Array): ReceivedSpan[] {
  return messages(request, 1).flatMap((resourceSpans) => {
    const resource = decodeAttributes(messages(messages(resourceSpans, 1)[0] ?? EMPTY, 1));
    return messages(resourceSpans, 2)
      .flatMap((scopeSpans) => messages(scopeSpans, 2))
      .map((span) => decodeSpan(span, resource));
  });
}

const EMPTY = new Uint8Array();
const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const STATUS_CODES = ['UNSET', 'OK', 'ERROR'] as const;

function decodeSpan(span: Uint8Array, resource: Record<string, unknown>): ReceivedSpan {
  const status = messages(span, 15)[0] ?? EMPTY;
  return {
    traceId: hex(messages(span, 1)[0]),
    spanId: hex(messages(span, 2)[0]),
    traceState: text(messages(span, 3)[0]),
    parentSpanId: hex(messages(span, 4)[0]),
    name: text(messages(span, 5)[0]),
    kind: KINDS[Number(numbers(span, 6)[0] ?? 0)] ?? 'UNSPECIFIED',
    startTime: view(fixed64(span, 7)).getBigUint64(0, true),
    endTime: view(fixed64(span, 8)).getBigUint64(0, true),
    attributes: decodeAttributes(messages(span, 9)),
    status: {
      message: text(messages(status, 2)[0]),
      code: STATUS_CODES[Number(numbers(status, 3)[0] ?? 0)] ?? 'UNSET',
    },
    resource,
  };
}

function decodeAttributes(keyValues: readonly Uint8Array[]): Record<string, unknown> {
  return Object.fromEntries(
    keyValues.map((pair) => [text(messages(pair, 1)[0]), decodeValue(messages(pair, 2)[0] ?? EMPTY)]),
  );
}

function decodeValue(value: Uint8Array): unknown {
  for (const { number, content } of fields(value)) {
    if (number === 1) return text(bytesOf(content));
    if (number === 2) return content === 1n;
    if (number === 3) return Number(content);
    if (number === 4) return view(bytesOf(content)).getFloat64(0, true);
    if (number === 5) return messages(bytesOf(content), 1).map(decodeValue);
  }
  return undefined;
}

/** One field of a message: a varint as it is, everything else as bytes. */
interface Field {
  number: number;
  content: bigint | Uint8Array;
}

function fields(message: Uint8Array): Field[] {
  const reader = new BinaryReader(message);
  const found: Field[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    found.push({ number, content: readContent(reader, message, wireType) });
  }
  return found;
}

function readContent(reader: BinaryReader, message: Uint8Array, wireType: WireType): bigint | Uint8Array {
  if (wireType === WireType.Varint) return BigInt(reader.int64());
  if (wireType === WireType.LengthDelimited) return reader.bytes();
  const start = reader.pos;
  reader.pos += wireType === WireType.Bit64 ? 8 : 4;
  return message.subarray(start, reader.pos);
}

function messages(message: Uint8Array, number: number): Uint8Array[] {
  return fields(message).flatMap((field) => (field.number === number ? [bytesOf(field.content)] : []));
}

function numbers(message: Uint8Array, number: number): bigint[] {
  return fields(message).flatMap((field) =>
    field.number === number && typeof field.content === 'bigint' ? [field.content] : [],
  );
}

function fixed64(message: Uint8Array, number: number): Uint8Array {
  return messages(message, number)[0] ?? new Uint8Array(8);
}

function bytesOf(content: bigint | Uint8Array): Uint8Array {
  if (typeof content === 'bigint') throw new Error('expected bytes, found a number');
  return content;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? EMPTY).toString('utf8');
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? EMPTY).toString('hex');
}
