import { describe, expect, it } from 'vitest';
import { type Message, Role } from '../../../src/gen/sluice/v1/message.ts';
import { describeInput, describeOutput } from '../../../src/telemetry/content.ts';
import { aRequest } from '../../support/builders.ts';

describe('recorded content', () => {
  it('describes every kind of part, and never the bytes of media', () => {
    const data = Buffer.from('picture');
    const message: Message = {
      role: Role.ASSISTANT,
      name: '',
      parts: [
        { part: { $case: 'reasoning', value: { text: 'hm', signature: Buffer.from('s'), redacted: false } } },
        { part: { $case: 'text', value: 'hello' } },
        {
          part: {
            $case: 'toolCall',
            value: { id: 't1', name: 'find', arguments: '{"q":1}', signature: Buffer.of() },
          },
        },
        {
          part: {
            $case: 'toolResult',
            value: { toolCallId: 't1', name: 'find', content: '2', isError: false },
          },
        },
        {
          part: {
            $case: 'image',
            value: { mediaType: 'image/png', name: '', source: { $case: 'data', value: data } },
          },
        },
        {
          part: {
            $case: 'document',
            value: {
              mediaType: 'application/pdf',
              name: '',
              source: { $case: 'uri', value: 'https://host/a.pdf' },
            },
          },
        },
      ],
    };

    expect(JSON.parse(describeOutput(message))).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'hm' },
          { type: 'text', content: 'hello' },
          { type: 'tool_call', id: 't1', name: 'find', arguments: '{"q":1}' },
          { type: 'tool_call_response', id: 't1', response: '2' },
          { type: 'blob', modality: 'image', mime_type: 'image/png' },
          { type: 'uri', modality: 'document', mime_type: 'application/pdf', uri: 'https://host/a.pdf' },
        ],
      },
    ]);
  });

  it('cuts long texts and stays JSON', () => {
    const { messages } = describeInput(aRequest({ prompt: 'x'.repeat(100_000) }));

    const [{ parts }] = JSON.parse(messages);
    expect(parts[0].content).toHaveLength(32 * 1024);
  });

  it('stays within bounds however many messages and parts there are', () => {
    const parts = Array.from({ length: 10 }, () => ({ part: { $case: 'text' as const, value: 'word' } }));
    const request = aRequest({
      messages: Array.from({ length: 10_000 }, (_, i) => ({ role: Role.USER, parts: i % 2 ? parts : [] })),
    });

    expect(describeInput(request).messages.length).toBeLessThan(64 * 1024);
  });

  it('describes an answer that has no message', () => {
    expect(describeOutput(undefined)).toBe('[]');
  });
});
