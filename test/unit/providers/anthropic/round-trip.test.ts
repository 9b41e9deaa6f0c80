import { describe, expect, it } from 'vitest';
import { createFold } from '../../../../src/completion/fold.ts';
import type { CompletionEvents } from '../../../../src/completion/ports/events.ts';
import { unfold } from '../../../../src/completion/unfold.ts';
import { type Message, Role } from '../../../../src/gen/sluice/v1/message.ts';
import { mapAnswer } from '../../../../src/providers/anthropic/map-answer.ts';
import { createStreamDecoder } from '../../../../src/providers/anthropic/map-stream.ts';
import { aCall, media, message, reasoning, text, toolCall, toolResult, written } from './a-call.ts';

type Block = Record<string, unknown> & { type: string };

const thinking = { type: 'thinking', thinking: 'Two calls, then.', signature: 'EoQFCm4=' };
const redacted = { type: 'redacted_thinking', data: 'EmwKAhgB' };
const calls = [
  { type: 'tool_use', id: 'toolu_1', name: 'add', input: { a: 1, b: [2, { c: null }] } },
  { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} },
];

const answers: [string, Block[]][] = [
  [
    'signed thinking, a text and two calls at once',
    [thinking, { type: 'text', text: 'Let me see.' }, ...calls],
  ],
  ['redacted thinking between signed thinking', [thinking, redacted, thinking, ...calls]],
  ['calls alone', calls],
];

const picture = media('image', {
  mediaType: 'image/png',
  source: { $case: 'data', value: Buffer.from('png') },
});
const question = message(Role.USER, text('What is this?'), picture);
const results = message(Role.TOOL, toolResult('toolu_1', '3'), toolResult('toolu_2', 'no clock', true));

describe('a conversation with Anthropic, taken up again', () => {
  it.each(answers)('loses nothing of %s, nor on the turn after', (_, blocks) => {
    const answer = whole(blocks);
    const once = sent([question, answer, results]);
    expect(once).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'cG5n' } },
        ],
      },
      { role: 'assistant', content: blocks },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: '3' },
          { type: 'tool_result', tool_use_id: 'toolu_2', content: 'no clock', is_error: true },
        ],
      },
    ]);
    const again = whole((once[1]?.content ?? []) as Block[]);
    expect(sent([question, answer, results, again, results])).toEqual([...once, ...once.slice(1)]);
  });

  it.each(answers)('loses nothing of %s where it came as a stream', (_, blocks) => {
    expect(streamed(blocks)).toEqual(whole(blocks));
  });
});

describe('a conversation with other vendors, taken up by Anthropic', () => {
  // As Kimi's models name calls, and longer than any name may be.
  const ids = ['functions.add:0', 'toolu_1', `call_${'x'.repeat(70)}`];

  it('has ids that Anthropic takes, the same for a call and its result, and leaves its own alone', () => {
    const [asked, answered] = sent([
      message(Role.ASSISTANT, ...ids.map((id) => toolCall(id, 'add', '{}'))),
      message(Role.TOOL, ...ids.map((id) => toolResult(id, '3'))),
    ]);
    const names = asked?.content.map(({ id }) => String(id));
    expect(answered?.content.map(({ tool_use_id: id }) => id)).toEqual(names);
    expect(names?.[1]).toBe('toolu_1');
    expect(new Set(names).size).toBe(ids.length);
    for (const name of names ?? []) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  });

  it.each([
    ["an item of OpenAI's", '{"type":"reasoning","encrypted_content":"gAAA"}'],
    ["details of OpenRouter's", '[{"type":"reasoning.encrypted","data":"x"}]'],
  ])('leaves out reasoning that is signed by %s', (_, signature) => {
    const answer = message(Role.ASSISTANT, reasoning('Hm.', signature), text('Yes.'));
    expect(sent([answer])).toEqual([{ role: 'assistant', content: [{ type: 'text', text: 'Yes.' }] }]);
  });
});

function whole(content: readonly Block[]): Message {
  const answer = mapAnswer(
    { content, stop_reason: 'tool_use', usage: { input_tokens: 1, output_tokens: 1 } },
    { call: aCall(), provider: 'anthropic', warnings: [] },
  );
  return folded(unfold(answer));
}

function streamed(blocks: readonly Block[]): Message {
  const decoder = createStreamDecoder({ call: aCall(), provider: 'anthropic' });
  const events = [
    { type: 'message_start', message: {} },
    ...blocks.flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: opened(block) },
      ...deltas(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 1 } },
    { type: 'message_stop' },
  ].flatMap((event) => decoder.decode({ data: JSON.stringify(event) }));
  return folded([...events, ...decoder.end()]);
}

function opened({ type, id, name, data }: Block): object {
  return { type, ...(type === 'tool_use' && { id, name, input: {} }), ...(data !== undefined && { data }) };
}

function deltas({ type, text: said, thinking: thought, signature, input }: Block): object[] {
  switch (type) {
    case 'text':
      return [{ type: 'text_delta', text: said }];
    case 'thinking':
      return [
        { type: 'thinking_delta', thinking: thought },
        { type: 'signature_delta', signature },
      ];
    case 'tool_use':
      return [{ type: 'input_json_delta', partial_json: JSON.stringify(input) }];
    default:
      return [];
  }
}

function sent(messages: Message[]): { role: string; content: Block[] }[] {
  return written({ messages }).body.messages;
}

function folded(events: CompletionEvents): Message {
  const fold = createFold();
  fold.add(events);
  const { message: said } = fold.answer();
  if (!said) throw new Error('a fold always has a message');
  return said;
}
