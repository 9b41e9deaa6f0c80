import { describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import { createEventStreamFraming } from '../../../../src/providers/bedrock/event-stream.ts';
import type { ServerSentEvent } from '../../../../src/providers/shared/server-sent-events.ts';
import { exceptionFrame, frame, frameOf } from '../../../wire/event-stream-frames.ts';

/** What is read from pieces, and the reason why no more is. */
function read(pieces: readonly Buffer[]): { events: ServerSentEvent[]; failure: string } {
  const reader = createEventStreamFraming({ provider: 'bedrock' }).createReader();
  const events: ServerSentEvent[] = [];
  try {
    for (const piece of pieces) for (const event of reader.read(piece)) events.push(event);
    for (const event of reader.end()) events.push(event);
    return { events, failure: '' };
  } catch (error) {
    return { events, failure: error instanceof GatewayError ? reasonName(error.reason) : String(error) };
  }
}

const hello = frame('contentBlockDelta', '{"text":"héllo"}');
const event = { event: 'contentBlockDelta', data: '{"text":"héllo"}' };

describe('frames of an event stream', () => {
  it.each([1, 2, 7, 11, 12, 13, 50, 1000])('are read in pieces of %i bytes', (size) => {
    const bytes = Buffer.concat([hello, frame('messageStop', '{}'), hello]);
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    expect(read(pieces)).toEqual({
      events: [event, { event: 'messageStop', data: '{}' }, event],
      failure: '',
    });
  });

  it('may have headers of every type, and some that nobody knows', () => {
    // As the specification numbers the types: true, byte, short, integer, long, bytes, time, UUID.
    const header = (type: number, value: Buffer) => Buffer.concat([Buffer.from([1, 0x78, type]), value]);
    const before = Buffer.concat([
      header(0, Buffer.alloc(0)),
      header(2, Buffer.alloc(1)),
      header(3, Buffer.alloc(2)),
      header(4, Buffer.alloc(4)),
      header(5, Buffer.alloc(8)),
      header(6, Buffer.from([0, 2, 9, 9])),
      header(8, Buffer.alloc(8)),
      header(9, Buffer.alloc(16)),
    ]);
    const headers = { ':message-type': 'event', ':event-type': 'metadata', 'x-new': 'y' };
    expect(read([frameOf(headers, '{}', before)])).toEqual({
      events: [{ event: 'metadata', data: '{}' }],
      failure: '',
    });
  });

  it('of a kind that is not known are passed over', () => {
    expect(read([frameOf({ ':message-type': 'hologram' }, 'x'), hello]).events).toEqual([event]);
  });

  it('that hold an exception end the stream, after what came before', () => {
    const pieces = [
      Buffer.concat([hello, exceptionFrame('internalServerException', '{"message":"x"}'), hello]),
    ];
    expect(read(pieces)).toEqual({ events: [event], failure: 'PROVIDER_UNAVAILABLE' });
  });

  it('that hold an error which is no exception end it, too', () => {
    const headers = { ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'x' };
    expect(read([frameOf(headers, '')]).failure).toBe('PROVIDER_UNAVAILABLE');
  });

  it.each(Array.from({ length: hello.length }, (_, at) => at))(
    'are refused when byte %i is changed',
    (at) => {
      const changed = Buffer.from(hello);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expect(read([changed, hello])).toEqual({ events: [], failure: 'PROVIDER_RESPONSE_INVALID' });
    },
  );

  it('are refused when one breaks off', () => {
    expect(read([hello, hello.subarray(0, -1)])).toEqual({
      events: [event],
      failure: 'PROVIDER_UNAVAILABLE',
    });
  });

  it('are refused when they are too large to be true, before they are there', () => {
    const prelude = frameOf({}, 'x'.repeat(16 * 1024 * 1024)).subarray(0, 12);
    expect(read([prelude]).failure).toBe('PROVIDER_RESPONSE_INVALID');
  });
});
