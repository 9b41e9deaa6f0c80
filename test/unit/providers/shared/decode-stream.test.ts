import { describe, expect, it } from 'vitest';
import type { CompletionEvents } from '../../../../src/completion/ports/events.ts';
import { decodeStream, type StreamDecoder } from '../../../../src/providers/shared/decode-stream.ts';
import { createResponseBody } from '../../../../src/providers/shared/response-body.ts';

describe('decoding a stream', () => {
  it('passes on what one read brought before the error in it', async () => {
    const { batches, error } = await decoded('data: a\n\ndata: b\n\ndata: error\n\ndata: c\n\n');
    expect([batches, error]).toEqual([[['a', 'b']], new Error('the provider said so')]);
  });

  it('stops at the end mark, says the rest with it, and lets go of the connection', async () => {
    const { batches, error, calls } = await decoded('data: a\n\ndata: end\n\ndata: error\n\n');
    expect([batches, error, calls]).toEqual([[['a', 'the rest']], undefined, ['resume']]);
  });

  it('says the rest at the end of the body', async () => {
    const { batches } = await decoded('data: a\n\n', { ends: true });
    expect(batches).toEqual([['a'], ['the rest']]);
  });
});

async function decoded(wire: string, { ends = false } = {}) {
  const calls: string[] = [];
  const body = createResponseBody({
    connection: {
      pause: () => calls.push('pause'),
      resume: () => calls.push('resume'),
      abort: () => calls.push('abort'),
    },
    onEnd() {},
  });
  body.push(Buffer.from(wire));
  if (ends) body.end();
  const batches: string[][] = [];
  try {
    for await (const batch of decodeStream(body, aDecoder())) batches.push(textsOf(batch));
    return { batches, error: undefined, calls };
  } catch (error) {
    return { batches, error, calls };
  } finally {
    body.end();
  }
}

function aDecoder(): StreamDecoder {
  let ended = false;
  return {
    ended() {
      return ended;
    },
    decode({ data }) {
      if (data === 'error') throw new Error('the provider said so');
      ended = data === 'end';
      return ended ? [] : [{ $case: 'textDelta', value: { text: data } }];
    },
    end: () => [{ $case: 'textDelta', value: { text: 'the rest' } }],
  };
}

function textsOf(batch: CompletionEvents): string[] {
  return batch.flatMap((event) => (event.$case === 'textDelta' ? [event.value.text] : []));
}
