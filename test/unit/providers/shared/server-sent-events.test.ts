import { describe, expect, it } from 'vitest';
import { ErrorReason } from '../../../../src/gen/sluice/v1/error.ts';
import {
  createEventReader,
  type ServerSentEvent,
} from '../../../../src/providers/shared/server-sent-events.ts';

describe('reading server-sent events', () => {
  it('gives the events of one read as one batch', () => {
    expect(batchesOf(['data: 1\n\ndata: 2\n\ndata: 3', '\n\n', 'data: 4\n\n'])).toEqual([
      ['1', '2'],
      ['3'],
      ['4'],
    ]);
  });

  it('shows a comment, a ping and half an event as an empty batch', () => {
    expect(batchesOf([': PROCESSING\n\n', 'data: 1', '\n\n'])).toEqual([[], [], ['1']]);
  });

  it('passes over events that say nothing', () => {
    expect(batchesOf(['data: 1\n\ndata:\n\nevent: ping\ndata: \n\ndata: 2\n\n'])).toEqual([['1', '2']]);
  });

  it.each(['\n', '\r\n', '\r'])('takes line ends %j cut at any byte', (end) => {
    const wire = Buffer.from(
      `\uFEFFevent: näme${end}data: {"a":${end}data: "é🎉"}${end}${end}:x${end}data:2${end}${end}`,
    );
    for (let place = 1; place < wire.length; place += 1) {
      const events = read([wire.subarray(0, place), wire.subarray(place)]).flat();
      expect(events.map(({ event, data }) => [event, data])).toEqual([
        ['näme', '{"a":\n"é🎉"}'],
        [undefined, '2'],
      ]);
    }
  });

  it('gives a last event that lacks its blank line if it is whole', () => {
    expect(batchesOf(['data: 1\n\ndata: {"last":true}'])).toEqual([['1'], ['{"last":true}']]);
    expect(batchesOf(['data: {"last":true}\n'])).toEqual([[], ['{"last":true}']]);
    expect(batchesOf(['data: [DONE]'])).toEqual([[], ['[DONE]']]);
  });

  it('drops half an event at the end', () => {
    expect(batchesOf(['data: 1\n\ndata: {"last":tr'])).toEqual([['1']]);
  });

  it('gives nothing for an empty body', () => {
    expect(batchesOf([])).toEqual([]);
  });

  it('refuses an event without end', () => {
    const reader = createEventReader();
    const mebibyte = Buffer.alloc(1024 * 1024, 'x');
    const feed = (mebibytes: number) => {
      for (let fed = 0; fed < mebibytes; fed += 1) reader.read(mebibyte);
    };
    reader.read(Buffer.from('data: '));
    feed(15);
    expect(() => feed(2)).toThrow(expect.objectContaining({ reason: ErrorReason.PROVIDER_RESPONSE_INVALID }));
  });
});

function batchesOf(chunks: string[]): string[][] {
  const batches = read(chunks.map((chunk) => Buffer.from(chunk)));
  return batches.map((batch) => batch.map(({ data }) => data));
}

function read(chunks: Uint8Array[]): ServerSentEvent[][] {
  const reader = createEventReader();
  const batches = chunks.map((chunk) => reader.read(chunk));
  const last = reader.end();
  return last.length > 0 ? [...batches, last] : batches;
}
