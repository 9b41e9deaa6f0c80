import { describe, expect, it } from 'vitest';
import type { Message } from '../../../../src/gen/sluice/v1/message.ts';
import { Role } from '../../../../src/gen/sluice/v1/message.ts';
import { mapAnswer } from '../../../../src/providers/bedrock/map-answer.ts';
import { media, message, reasoning, text, toolCall, toolResult, written } from './a-call.ts';

// A conversation that goes to Bedrock and comes back, twice: what an answer holds goes into the next request as it came.

const answered = [
  { reasoningContent: { reasoningText: { text: 'Two cities.', signature: 'EqQBCkgIARABGAIiQL+/=' } } },
  { reasoningContent: { redactedContent: Buffer.from([0, 255, 128, 7]).toString('base64') } },
  { text: 'I will look.' },
  {
    toolUse: {
      toolUseId: 'tooluse_1',
      name: 'weather',
      input: { z: 'Rome', a: [1, null], big: 12345678901234 },
    },
  },
  { toolUse: { toolUseId: 'tooluse_2', name: 'weather', input: {} } },
];

function answer(content: object[]): Message {
  const whole = { output: { message: { role: 'assistant', content } }, stopReason: 'tool_use', usage: {} };
  return mapAnswer(JSON.parse(JSON.stringify(whole)), { provider: 'bedrock', warnings: [] }).message;
}

describe('a conversation with other vendors', () => {
  it('has ids that Bedrock takes, the same for a call and its result', () => {
    // As Kimi's models name calls, and longer than any name may be.
    const ids = ['functions.add:0', `call_${'x'.repeat(70)}`, 'tooluse_1'];
    const { messages } = written({
      messages: [
        message(Role.ASSISTANT, ...ids.map((id) => toolCall(id, 'add', '{}'))),
        message(Role.TOOL, ...ids.map((id) => toolResult(id, '3'))),
      ],
    }).body;
    const names = messages[0].content.map(
      ({ toolUse }: { toolUse: { toolUseId: string } }) => toolUse.toolUseId,
    );
    expect(messages[1].content).toEqual(
      names.map((name: string) => ({ toolResult: { toolUseId: name, content: [{ text: '3' }] } })),
    );
    expect(new Set(names).size).toBe(ids.length);
    expect(names.filter((name: string) => /^[a-zA-Z0-9_-]{1,64}$/.test(name))).toHaveLength(ids.length);
    expect(names[2]).toBe('tooluse_1');
  });

  it.each([true, false])('leaves out reasoning that OpenAI signed, withheld: %s', (redacted) => {
    const signed = reasoning('Hm.', '{"type":"reasoning","encrypted_content":"gAAA"}', redacted);
    const { messages } = written({ messages: [message(Role.ASSISTANT, signed, text('Yes.'))] }).body;
    expect(messages[0].content).toEqual([{ text: 'Yes.' }]);
  });
});

describe('a conversation with tools, reasoning and images', () => {
  it('loses nothing on its way through answer and request, twice', () => {
    const image = { mediaType: 'image/png', source: { $case: 'data', value: Buffer.from([1, 2, 3]) } };
    const conversation = [
      message(Role.USER, text('Weather?'), media('image', image)),
      answer(answered),
      message(
        Role.TOOL,
        toolResult('tooluse_1', '{"sky":"blue"}'),
        toolResult('tooluse_2', 'no such city', true),
      ),
    ];
    const tools = [{ name: 'weather' }];
    const first = written({ messages: conversation, tools }).body.messages;
    expect(first[1].content).toEqual(answered);
    // As the provider's own words, sent back a second time.
    const second = written({
      messages: [
        ...conversation.slice(0, 1),
        answer(first[1].content),
        ...conversation.slice(2),
        answer(answered),
      ],
      tools,
    }).body.messages;
    expect(second.slice(0, 3)).toEqual(first);
    expect(JSON.stringify(second[3].content)).toBe(JSON.stringify(answered));
    expect(first[0].content[1]).toEqual({ image: { format: 'png', source: { bytes: 'AQID' } } });
  });
});
