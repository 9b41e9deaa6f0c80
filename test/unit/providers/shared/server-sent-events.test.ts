import { describe, expect, it } from 'vitest';
import { type GatewayError, reasonName } from '../../../../src/completion/error.ts';
import {
  readServerSentEvents,
  type ServerSentEvent,
} from '../../../../src/providers/shared/server-sent-events.ts';

describe('reading server-sent events', () => {
  it('gives the events of one read as one batch', async () => {
    expect(await batchesOf(['data: 1\n\ndata: 2\n\ndata: 3', '\n\n', 'data: 4\n\n'])).toEqual([
      ['1', '2'],
      ['3'],
      ['4'],
    ]);
  });

  it('shows a comment, a ping and half an event as an empty batch', async () => {
    expect(await batchesOf([': PROCESSING\n\n', 'data: 1', '\n\n'])).toEqual([[], [], ['1']]);
  });

  it.each(['\n', '\r\n', '\r'])('takes line ends %j cut at any byte', async (end) => {
    const wire = Buffer.from(
      `\uFEFFevent: näme${end}data: {"a":${end}data: "é🎉"}${end}${end}:x${end}data:2${end}${end}`,
    );
    for (let place = 1; place < wire.length; place += 1) {
      const events = (await read([wire.subarray(0, place), wire.subarray(place)])).flat();
      expect(events.map(({ event, data }) => [event, data])).toEqual([
        ['näme', '{"a":\n"é🎉"}'],
        [undefined, '2'],
      ]);
    }
  });

  it('gives a last event that lacks its blank line if it is whole', async () => {
    expect(await batchesOf(['data: 1\n\ndata: {"last":true}'])).toEqual([['1'], ['{"last":true}']]);
    expect(await batchesOf(['data: {"last":true}\n'])).toEqual([[], ['{"last":true}']]);
    expect(await batchesOf(['data: [DONE]'])).toEqual([[], ['[DONE]']]);
  });

  it('drops half an event at the end', async () => {
    expect(await batchesOf(['data: 1\n\ndata: {"last":tr'])).toEqual([['1']]);
  });

  it('gives nothing for an empty body', async () => {
    expect(await batchesOf([])).toEqual([]);
  });

  it('refuses an event without end', async () => {
    async function* endless() {
      yield Buffer.from('data: ');
      for (let mebibyte = 0; mebibyte < 20; mebibyte += 1) yield Buffer.alloc(1024 * 1024, 'x');
      expect.unreachable('it read on');
    }
    const failure = await drain(endless()).catch((error: GatewayError) => reasonName(error.reason));
    expect(failure).toBe('PROVIDER_RESPONSE_INVALID');
  });
});

async function batchesOf(chunks: string[]): Promise<string[][]> {
  const batches = await read(chunks.map((chunk) => Buffer.from(chunk)));
  return batches.map((batch) => batch.map(({ data }) => data));
}

async function read(chunks: Uint8Array[]): Promise<ServerSentEvent[][]> {
  async function* body() {
    yield* chunks;
  }
  return await drain(body());
}

async function drain(body: AsyncIterable<Uint8Array>): Promise<ServerSentEvent[][]> {
  const batches: ServerSentEvent[][] = [];
  for await (const batch of readServerSentEvents(body)) batches.push(batch);
  return batches;
}
