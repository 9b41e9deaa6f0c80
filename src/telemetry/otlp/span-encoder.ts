import type { AnyValue, HrTime } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { createByteWriter, Wire } from './byte-writer.ts';

/** Gathers spans in the form in which they are sent. */
export interface SpanEncoder {
  /** Spans since the last {@link SpanEncoder.take}. */
  readonly count: number;
  add(span: ReadableSpan): void;
  /** The spans so far, as an `ExportTraceServiceRequest`; then begins anew. */
  take(): Uint8Array;
}

/**
 * Creates a {@link SpanEncoder}. It writes, byte for byte, what the SDK's serializer does, but as each span ends: kept
 * as objects until a batch is full, spans outlive the young generation of the heap, and the SDK walks over each of them
 * twice, which was a seventh of what a unary call costs. A span with something that Sluice puts on none (events, links,
 * nested values) is left to the SDK.
 *
 * Field numbers: opentelemetry-proto, trace/v1/trace.proto and common/v1/common.proto.
 */
export function createSpanEncoder(): SpanEncoder {
  const out = createByteWriter();
  const lastSaid = new Map<string, { value: AnyValue; bytes: Uint8Array | undefined }>();
  let count = 0;
  let example: ReadableSpan | undefined;
  let others: ReadableSpan[] = [];

  return {
    get count() {
      return count;
    },
    add(span) {
      count += 1;
      if (!isPlain(span)) {
        others.push(span);
        return;
      }
      example ??= span;
      writeSpan(span);
    },
    take() {
      const spans = out.take();
      const requests = example ? [enclose(spans, example)] : [];
      if (others.length > 0) requests.push(ProtobufTraceSerializer.serializeRequest(others) ?? NOTHING);
      count = 0;
      example = undefined;
      others = [];
      // Messages of one type, one behind the other, are one message.
      return Buffer.concat(requests);
    },
  };

  function writeSpan(span: ReadableSpan): void {
    const { parentSpanContext, status } = span;
    const { traceId, spanId, traceState, traceFlags } = span.spanContext();
    const state = traceState?.serialize();
    out.tag(2, BYTES);
    const start = out.open();
    out.tag(1, BYTES);
    out.hex(traceId);
    out.tag(2, BYTES);
    out.hex(spanId);
    if (state) writeText(3, state);
    if (parentSpanContext?.spanId) {
      out.tag(4, BYTES);
      out.hex(parentSpanContext.spanId);
    }
    writeText(5, span.name);
    // The API counts kinds from 0, which in the protocol says that it is not known.
    writeCount(6, span.kind + 1);
    out.tag(7, FIXED64);
    out.fixed64(nanoseconds(span.startTime));
    out.tag(8, FIXED64);
    out.fixed64(nanoseconds(span.endTime));
    for (const name in span.attributes) writeOnceMore(name, span.attributes[name]);
    // How many attributes, events and links were dropped.
    writeCount(10, 0);
    writeCount(12, 0);
    writeCount(14, 0);
    out.tag(15, BYTES);
    const statusStart = out.open();
    if (status.message) writeText(2, status.message);
    writeCount(3, status.code);
    out.close(statusStart);
    out.tag(16, FIXED32);
    out.fixed32((traceFlags & 0xff) | HAS_IS_REMOTE | (parentSpanContext?.isRemote ? IS_REMOTE : 0));
    out.close(start);
  }

  /** Most attributes say the same on one span after another, and are then copied. */
  function writeOnceMore(name: string, value: AnyValue): void {
    const said = lastSaid.get(name);
    if (said?.bytes && said.value === value) {
      out.raw(said.bytes);
      return;
    }
    const start = out.position;
    writeAttribute(9, name, value);
    if (said) {
      // What differs each time, such as an id, is not worth keeping.
      said.bytes = said.value === value ? out.since(start) : undefined;
      said.value = value;
    } else if (lastSaid.size < MOST_NAMES) {
      lastSaid.set(name, { value, bytes: undefined });
    }
  }

  function writeAttribute(field: number, name: string, value: AnyValue): void {
    if (value === undefined) return;
    out.tag(field, BYTES);
    const start = out.open();
    writeText(1, name);
    out.tag(2, BYTES);
    writeValue(value);
    out.close(start);
  }

  function writeValue(value: AnyValue): void {
    const start = out.open();
    if (typeof value === 'string') {
      writeText(1, value);
    } else if (typeof value === 'boolean') {
      writeCount(2, value ? 1 : 0);
    } else if (isCount(value)) {
      writeCount(3, value);
    } else if (typeof value === 'number') {
      out.tag(4, FIXED64);
      out.double(value);
    } else if (Array.isArray(value)) {
      out.tag(5, BYTES);
      const list = out.open();
      for (const item of value) {
        out.tag(1, BYTES);
        writeValue(item);
      }
      out.close(list);
    }
    out.close(start);
  }

  function writeText(field: number, text: string): void {
    out.tag(field, BYTES);
    out.text(text);
  }

  function writeCount(field: number, count: number): void {
    out.tag(field, VARINT);
    out.varint(count);
  }

  /** Puts around spans what they come from. All come from one resource and one scope, those of this process. */
  function enclose(spans: Uint8Array, { resource, instrumentationScope }: ReadableSpan): Uint8Array {
    out.tag(1, BYTES);
    const resourceSpans = out.open();
    out.tag(1, BYTES);
    const origin = out.open();
    for (const [name, value] of Object.entries(resource.attributes)) writeAttribute(1, name, value);
    writeCount(2, 0);
    out.close(origin);
    out.tag(2, BYTES);
    const scopeSpans = out.open();
    out.tag(1, BYTES);
    const scope = out.open();
    writeText(1, instrumentationScope.name);
    out.close(scope);
    out.raw(spans);
    out.close(scopeSpans);
    out.close(resourceSpans);
    return out.take();
  }
}

const { VARINT, FIXED32, FIXED64, BYTES } = Wire;

/** Far above the names that there are. */
const MOST_NAMES = 1_000;

const NOTHING = new Uint8Array();

// Flags beside those of the trace: whether it is known that the parent is remote, and whether it is.
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

function isPlain({ events, links, droppedAttributesCount, attributes }: ReadableSpan): boolean {
  if (events.length > 0 || links.length > 0 || droppedAttributesCount > 0) return false;
  for (const name in attributes) {
    const value = attributes[name];
    if (!(isFlat(value) || (Array.isArray(value) && value.every(isFlat)))) return false;
  }
  return true;
}

function isFlat(value: AnyValue): boolean {
  switch (typeof value) {
    case 'number':
      return isCount(value) || !Number.isInteger(value);
    case 'object':
      return false;
    default:
      return true;
  }
}

function isCount(value: AnyValue): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function nanoseconds([seconds, nanos]: HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}
