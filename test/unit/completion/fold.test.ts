import { describe, expect, it } from 'vitest';
import { createFold } from '../../../src/completion/fold.ts';
import type { CompletionEvent, CompletionEvents } from '../../../src/completion/ports/events.ts';
import { unfold } from '../../../src/completion/unfold.ts';
import { CompleteResponse, FinishReason } from '../../../src/gen/sluice/v1/completion_service.ts';
import { type Part, Role } from '../../../src/gen/sluice/v1/message.ts';
import { coalesce } from '../../../src/grpc/coalesce.ts';
import { aUsage, finished, text } from '../../support/builders.ts';
import { type Random, seededRandom } from '../../support/random.ts';

const fold = (...batches: CompletionEvents[]) => {
  const folding = createFold();
  for (const batch of batches) folding.add(batch);
  return folding.answer();
};
const partsOf = (events: CompletionEvents) => fold(events).message?.parts.map(({ part }) => part);
const reasoning = (said: string, signature = ''): CompletionEvent => ({
  $case: 'reasoningDelta',
  value: { text: said, signature: Buffer.from(signature) },
});

describe('folding', () => {
  it('joins text, and begins a new part where something else came between', () => {
    const citation = { $case: 'citation' as const, value: { title: 'T', uri: 'https://t', text: '' } };
    expect(partsOf([text('a'), text('b'), { $case: 'part', value: { part: citation } }, text('c')])).toEqual([
      { $case: 'text', value: 'ab' },
      citation,
      { $case: 'text', value: 'c' },
    ]);
  });

  it('closes reasoning by its signature', () => {
    const signed = (said: string, signature: string) => ({
      $case: 'reasoning',
      value: { text: said, signature: Buffer.from(signature), redacted: false },
    });
    expect(partsOf([reasoning('a'), reasoning('b'), reasoning('', 's1'), reasoning('c', 's2')])).toEqual([
      signed('ab', 's1'),
      signed('c', 's2'),
    ]);
  });

  it('puts tool calls together by index, however their pieces interleave', () => {
    const started = (index: number, name: string): CompletionEvent => ({
      $case: 'toolCallStarted',
      value: { index, id: `id-${index}`, name, signature: Buffer.from(name) },
    });
    const piece = (index: number, json: string): CompletionEvent => ({
      $case: 'toolCallDelta',
      value: { index, arguments: json },
    });
    expect(
      partsOf([started(0, 'f'), started(1, 'g'), piece(1, '{"b"'), piece(0, '{}'), piece(1, ':2}')]),
    ).toEqual([
      { $case: 'toolCall', value: { id: 'id-0', name: 'f', arguments: '{}', signature: Buffer.from('f') } },
      {
        $case: 'toolCall',
        value: { id: 'id-1', name: 'g', arguments: '{"b":2}', signature: Buffer.from('g') },
      },
    ]);
  });

  it('forgets what a failover makes void, and keeps what it lets stand', () => {
    const failedOver = (discardPrevious: boolean): CompletionEvent => ({
      $case: 'failedOver',
      value: { discardPrevious, provider: 'b', providerModel: 'm' },
    });
    expect(partsOf([text('void'), failedOver(true), text('good')])).toEqual([
      { $case: 'text', value: 'good' },
    ]);
    expect(partsOf([text('kept '), failedOver(false), text('good')])).toEqual([
      { $case: 'text', value: 'kept good' },
    ]);
  });
});

describe('unfolding', () => {
  it.each(Array.from({ length: 200 }, (_, seed) => seed))(
    'is undone by folding, whole or in pieces (seed %i)',
    (seed) => {
      const random = seededRandom(seed);
      const answer = CompleteResponse.fromPartial({
        message: { role: Role.ASSISTANT, parts: normalParts(random) },
        finishReason: FinishReason.STOP,
        providerFinishReason: 'stop',
        usage: aUsage(),
        warnings: [{ code: 'C', message: 'm', field: 'f' }],
      });
      const events = unfold(answer);
      expect(fold(events)).toEqual(answer);
      const pieces = events.flatMap((event) => inPieces(event, random));
      expect(fold(pieces)).toEqual(answer);
      // What travels as one message amounts to the same.
      expect(fold(coalesce(pieces))).toEqual(answer);
    },
  );
});

/** Parts in the form that folding gives: no two neighbours that would be one. */
function normalParts(random: Random): Part[] {
  const parts: Part[] = [];
  for (let n = random.below(6); n >= 0; n--) {
    const made = [textPart, signedReasoning, toolCall, refusal][random.below(4)]?.(random, n);
    if (made && !(made.part?.$case === 'text' && parts.at(-1)?.part?.$case === 'text')) parts.push(made);
  }
  return parts;
}

const textPart = (random: Random): Part => ({
  part: { $case: 'text', value: random.word(1 + random.below(20)) },
});
const signedReasoning = (random: Random): Part => ({
  part: {
    $case: 'reasoning',
    value: { text: random.word(9), signature: Buffer.from('s'), redacted: random.below(2) === 0 },
  },
});
const toolCall = (random: Random, n: number): Part => ({
  part: {
    $case: 'toolCall',
    value: { id: `c${n}`, name: 'f', arguments: `{"a":"${random.word(5)}"}`, signature: Buffer.alloc(0) },
  },
});
const refusal = (random: Random): Part => ({ part: { $case: 'refusal', value: random.word(8) } });

function inPieces(event: CompletionEvent, random: Random): CompletionEvent[] {
  if (event.$case === 'textDelta') {
    return random.split(event.value.text).map((piece) => ({ $case: 'textDelta', value: { text: piece } }));
  }
  if (event.$case === 'toolCallDelta') {
    const { index, arguments: json } = event.value;
    return random
      .split(json)
      .map((piece) => ({ $case: 'toolCallDelta', value: { index, arguments: piece } }));
  }
  if (event.$case === 'reasoningDelta') {
    const { text: said, signature } = event.value;
    const pieces: CompletionEvent[] = random.split(said).map((piece) => reasoning(piece));
    return [...pieces, { $case: 'reasoningDelta', value: { text: '', signature } }];
  }
  return [event];
}

describe('coalescing', () => {
  it('joins neighbours of one kind and leaves the rest in order', () => {
    expect(coalesce([text('a'), text('b'), reasoning('c'), text('d'), finished()])).toEqual([
      text('ab'),
      reasoning('c'),
      text('d'),
      finished(),
    ]);
  });
});
