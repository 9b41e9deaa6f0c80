import { expect, it } from 'vitest';
import { type Message, Role } from '../../../../../src/gen/sluice/v1/message.ts';
import { OPENAI_DIALECT } from '../../../../../src/providers/openai-api/chat/dialect.ts';
import { createResponsesApi } from '../../../../../src/providers/openai-api/responses/api.ts';
import { aCall, media, message, text, toolResult } from '../a-call.ts';

const api = createResponsesApi(OPENAI_DIALECT);

const FIRST = [
  {
    id: 'rs_1',
    type: 'reasoning',
    summary: [
      { type: 'summary_text', text: '**One**\n\nThink.' },
      { type: 'summary_text', text: '**Two**' },
    ],
    encrypted_content: 'gAAA1',
  },
  {
    id: 'fc_1',
    type: 'function_call',
    call_id: 'call_1',
    name: 'look',
    arguments: '{"id":12345678901234567890}',
  },
  { id: 'fc_2', type: 'function_call', call_id: 'call_2', name: 'now', arguments: '{}' },
];
const SECOND = [
  { id: 'rs_2', type: 'reasoning', content: [], summary: [], encrypted_content: 'gAAA2' },
  { id: 'msg_1', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'A cat.' }] },
];

it('carries a conversation with reasoning, calls and an image from answers to requests without a loss', () => {
  const image = media('image', {
    mediaType: 'image/png',
    source: { $case: 'data', value: Buffer.from('png') },
  });
  const messages: Message[] = [message(Role.USER, text('What is it?'), image)];
  messages.push(answered(messages, FIRST));
  messages.push(message(Role.TOOL, toolResult('call_1', 'fur'), toolResult('call_2', 'noon')));
  messages.push(answered(messages, SECOND));
  messages.push(message(Role.USER, text('Sure?')));
  expect(inputOf(messages)).toEqual([
    {
      role: 'user',
      content: [
        { type: 'input_text', text: 'What is it?' },
        { type: 'input_image', image_url: 'data:image/png;base64,cG5n', detail: 'auto' },
      ],
    },
    FIRST[0],
    { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{"id":12345678901234567890}' },
    { type: 'function_call', call_id: 'call_2', name: 'now', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'fur' },
    { type: 'function_call_output', call_id: 'call_2', output: 'noon' },
    SECOND[0],
    { role: 'assistant', content: [{ type: 'output_text', text: 'A cat.' }] },
    { role: 'user', content: 'Sure?' },
  ]);
});

/** What the provider says to the conversation so far: the same whether it is asked once or again. */
function answered(messages: readonly Message[], output: readonly object[]): Message {
  expect(inputOf(messages)).toEqual(inputOf(messages));
  const response = { id: 'resp_1', model: 'gpt-5', status: 'completed', output };
  const { message: answer } = api.mapAnswer(response, { call: aCall(), provider: 'openai', warnings: [] });
  return answer;
}

function inputOf(messages: readonly Message[]): unknown {
  const call = aCall({ messages: [...messages], prompt: '' }, { model: 'gpt-5' });
  const { body } = api.mapRequest(call, { streamed: false });
  return JSON.parse(JSON.stringify(body)).input;
}
