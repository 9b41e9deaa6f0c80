import { describe, expect, it } from 'vitest';
import { createFold } from '../src/fold.ts';
import { StreamCompleteResponse } from '../src/gen/sluice/v1/completion_service.ts';
import type { FakeEvent } from '../src/testing/script.ts';

describe('createFold', () => {
  it('begins a new piece of reasoning after a signature, and after one that is redacted', () => {
    const signature = Buffer.from('s');
    const { message } = fold([
      { $case: 'reasoningDelta', value: { text: 'a' } },
      { $case: 'reasoningDelta', value: { signature } },
      { $case: 'reasoningDelta', value: { text: 'b' } },
      { $case: 'part', value: { part: { $case: 'reasoning', value: { redacted: true } } } },
      { $case: 'reasoningDelta', value: { text: 'c' } },
    ]);

    const none = Buffer.alloc(0);
    expect(message?.parts.map(({ part }) => part?.value)).toEqual([
      { text: 'a', signature, redacted: false },
      { text: 'b', signature: none, redacted: false },
      { text: '', signature: none, redacted: true },
      { text: 'c', signature: none, redacted: false },
    ]);
  });

  it('keeps tool calls apart whose arguments arrive by turns', () => {
    const { message } = fold([
      { $case: 'toolCallStarted', value: { index: 0, id: 'a' } },
      { $case: 'toolCallStarted', value: { index: 1, id: 'b' } },
      { $case: 'toolCallDelta', value: { index: 1, arguments: '[1' } },
      { $case: 'toolCallDelta', value: { index: 0, arguments: '{}' } },
      { $case: 'toolCallDelta', value: { index: 1, arguments: ']' } },
      { $case: 'toolCallDelta', value: { index: 7, arguments: 'lost' } },
    ]);

    expect(message?.parts.map(({ part }) => part?.value)).toMatchObject([
      { id: 'a', arguments: '{}' },
      { id: 'b', arguments: '[1]' },
    ]);
  });

  it('leaves the events as they were', () => {
    const events = complete([
      { $case: 'part', value: { part: { $case: 'reasoning', value: { text: 'a' } } } },
      { $case: 'reasoningDelta', value: { text: 'b' } },
      { $case: 'part', value: { part: { $case: 'text', value: 'c' } } },
      { $case: 'textDelta', value: { text: 'd' } },
    ]);
    const before = structuredClone(events);
    const { add, answer } = createFold();

    events.forEach(add);

    expect(answer().message?.parts).toMatchObject([
      { part: { value: { text: 'ab' } } },
      { part: { value: 'cd' } },
    ]);
    expect(structuredClone(events)).toEqual(before);
  });
});

function fold(events: FakeEvent[]) {
  const { add, answer } = createFold();
  complete(events).forEach(add);
  return answer();
}

function complete(events: FakeEvent[]) {
  return events.flatMap((event) => StreamCompleteResponse.fromPartial({ event }).event ?? []);
}
