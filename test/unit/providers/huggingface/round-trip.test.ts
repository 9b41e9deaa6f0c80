import { describe, expect, it } from 'vitest';
import type { ProviderCall } from '../../../../src/completion/ports/provider.ts';
import { CompleteRequest } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { type Message, type Part, Role } from '../../../../src/gen/sluice/v1/message.ts';
import { capabilitiesOf } from '../../../../src/providers/huggingface/capabilities.ts';
import { dialectOf } from '../../../../src/providers/huggingface/dialect.ts';
import { serverAt } from '../../../../src/providers/huggingface/server.ts';
import { createChatApi } from '../../../../src/providers/openai-api/chat/api.ts';
import { aCall } from './a-call.ts';

const MODEL = 'deepseek-ai/DeepSeek-V4-Pro';
const call = (id: string, city: string) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: `{"city":"${city}","n":12345678901234567890}` },
});
/** What the model said, as its provider sent it. */
const ANSWERED = {
  role: 'assistant',
  content: 'Let me see.',
  reasoning_content: 'Two cities, two calls.',
  tool_calls: [call('functions.weather:0', 'Rome'), call('functions.weather:1', 'Paris')],
};

describe('a conversation', () => {
  it('goes back as it came where the provider is named: reasoning, calls, results, images', () => {
    const model = `${MODEL}:fireworks-ai`;
    const image = Buffer.from([1, 2, 3]);
    const messages = conversation(model, image);
    const sent = write(model, messages);
    expect(sent.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'And here?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${image.toString('base64')}` } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
      ANSWERED,
      { role: 'tool', tool_call_id: 'functions.weather:0', content: '40 C' },
      { role: 'tool', tool_call_id: 'functions.weather:1', content: '12 C' },
    ]);
    // Read as an answer once more, what was sent is what was read the first time.
    expect(read(model, sent.messages[2])).toEqual(messages[2]);
  });

  it.each<[string, string | undefined]>([
    [`${MODEL}:fireworks-ai`, 'reasoning_content'],
    [`${MODEL}:groq`, 'reasoning'],
    ['zai-org/GLM-4.7:cerebras', 'reasoning'],
    // These may be with a provider that takes none.
    [MODEL, undefined],
    [`${MODEL}:fastest`, undefined],
    ['moonshotai/Kimi-K2-Instruct-0905:groq', undefined],
  ])('takes reasoning back to %s as %s', (model, member) => {
    const { messages } = write(model, conversation(model, Buffer.from([1])));
    const { role, content, tool_calls, ...rest } = messages[2] ?? {};
    expect(rest).toEqual(member ? { [member]: ANSWERED.reasoning_content } : {});
  });
});

function conversation(model: string, image: Buffer): Message[] {
  const part = (value: NonNullable<Part['part']>): Part => ({ part: value });
  const media = (source: { $case: 'data'; value: Buffer } | { $case: 'uri'; value: string }) =>
    part({ $case: 'image', value: { mediaType: 'image/png', name: '', source } });
  const result = (toolCallId: string, content: string) =>
    part({ $case: 'toolResult', value: { toolCallId, name: 'weather', content, isError: false } });
  return [
    { role: Role.SYSTEM, name: '', parts: [part({ $case: 'text', value: 'Be brief.' })] },
    {
      role: Role.USER,
      name: '',
      parts: [
        part({ $case: 'text', value: 'And here?' }),
        media({ $case: 'data', value: image }),
        media({ $case: 'uri', value: 'https://example.com/a.png' }),
      ],
    },
    read(model, ANSWERED),
    {
      role: Role.TOOL,
      name: '',
      parts: [result('functions.weather:0', '40 C'), result('functions.weather:1', '12 C')],
    },
  ];
}

const server = serverAt(undefined);
const api = createChatApi(dialectOf(server, (model) => capabilitiesOf(model, { server, api: 'chat' })));

function callOf(model: string, messages: Message[] = []): ProviderCall {
  return aCall({}, { model, request: CompleteRequest.create({ model, messages }) });
}

/** The body, as it is sent. */
function write(model: string, messages: Message[]): { messages: Record<string, unknown>[] } {
  return JSON.parse(JSON.stringify(api.mapRequest(callOf(model, messages), { streamed: false }).body));
}

/** The message that an answer amounts to. */
function read(model: string, message: unknown): Message {
  const choices = [{ index: 0, message, finish_reason: 'tool_calls' }];
  const context = { call: callOf(model), provider: 'huggingface', warnings: [] };
  return api.mapAnswer({ id: 'x', choices }, context).message;
}
