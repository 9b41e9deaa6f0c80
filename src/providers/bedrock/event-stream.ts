import { crc32 } from 'node:zlib';
import type { Framing } from '../shared/decode-stream.ts';
import { malformed } from '../shared/json.ts';
import type { ServerSentEvent } from '../shared/server-sent-events.ts';
import { endedEarly } from '../shared/transport-error.ts';
import { streamException } from './map-error.ts';

// A frame of AWS's event stream: its length, that of its headers, a checksum of both; the headers; the payload; a
// checksum of all of it. The SDK reads it a frame at a time through seven generators and promises, and computes the
// checksums in JavaScript: a stream of a hundred events took four times the CPU that it takes this way.

/** How ConverseStream frames its events. Exceptions, which have a frame of their own kind, are thrown. */
export function createEventStreamFraming({ provider }: { provider: string }): Framing {
  return {
    isStream({ headers }) {
      const contentType = headers.get('content-type');
      return contentType === null || /^application\/vnd\.amazon\.eventstream\b/i.test(contentType);
    },
    createReader: () => createFrameReader(provider),
  };
}

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;

/** Limit on one frame. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

function createFrameReader(provider: string): ReturnType<Framing['createReader']> {
  let pieces: Buffer[] = [];
  let held = 0;
  /** How much there must be before there is anything to read. */
  let wanted = PRELUDE_BYTES;

  return {
    *read(piece) {
      pieces.push(piece);
      held += piece.length;
      if (held < wanted) return;
      let bytes = pieces.length === 1 ? piece : Buffer.concat(pieces, held);
      for (wanted = frameBytes(bytes); bytes.length >= wanted; wanted = frameBytes(bytes)) {
        const frame = bytes.subarray(0, wanted);
        bytes = bytes.subarray(wanted);
        const event = readFrame(frame, provider);
        if (event) yield event;
      }
      pieces = [bytes];
      held = bytes.length;
    },
    end() {
      if (held > 0) throw endedEarly(provider);
      return [];
    },
  };
}

/** How long the frame is that begins here; the length of a prelude, where there is not even that. */
function frameBytes(bytes: Buffer): number {
  if (bytes.length < PRELUDE_BYTES) return PRELUDE_BYTES;
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8)) throw malformed('a frame has a wrong checksum');
  const length = bytes.readUInt32BE(0);
  if (length > MAX_FRAME_BYTES) throw malformed(`a frame is larger than ${MAX_FRAME_BYTES} bytes`);
  return Math.max(length, PRELUDE_BYTES + CHECKSUM_BYTES);
}

/** The event in a frame; none in one of a kind that is not known. */
function readFrame(frame: Buffer, provider: string): ServerSentEvent | undefined {
  const end = frame.length - CHECKSUM_BYTES;
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32BE(end))
    throw malformed('a frame has a wrong checksum');
  const payloadAt = PRELUDE_BYTES + frame.readUInt32BE(4);
  if (payloadAt > end) throw malformed('a frame has too many headers');
  const headers = readHeaders(frame, payloadAt);
  const data = frame.toString('utf8', payloadAt, end);
  switch (headers[':message-type']) {
    case 'event':
      return { event: headers[':event-type'], data };
    case 'exception':
      throw streamException(headers[':exception-type'], data, provider);
    case 'error':
      throw streamException(headers[':error-code'], '', provider);
    default:
      return undefined;
  }
}

/** The texts among a frame's headers. */
function readHeaders(frame: Buffer, end: number): Partial<Record<string, string>> {
  const headers: Partial<Record<string, string>> = {};
  let at = PRELUDE_BYTES;
  while (at < end) {
    const nameEnd = at + 1 + frame.readUInt8(at);
    const name = frame.toString('latin1', at + 1, nameEnd);
    const type = frame.readUInt8(nameEnd);
    const sized = type === BYTES || type === TEXT;
    const valueAt = nameEnd + (sized ? 3 : 1);
    at = valueAt + (sized ? frame.readUInt16BE(nameEnd + 1) : (VALUE_BYTES[type] ?? Number.NaN));
    if (!(at <= end)) throw malformed('a frame has a header without end');
    if (type === TEXT) headers[name] = frame.toString('utf8', valueAt, at);
  }
  return headers;
}

const BYTES = 6;
const TEXT = 7;
/** Of the types of fixed size: true, false, byte, short, integer, long; bytes and text; time, UUID. */
const VALUE_BYTES: readonly number[] = [0, 0, 1, 2, 4, 8, 0, 0, 8, 16];
