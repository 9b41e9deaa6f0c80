import { describe, expect, it } from 'vitest';
import { type Message, type Part, Role } from '../../../../src/gen/sluice/v1/message.ts';
import { createChatApi } from '../../../../src/providers/openai-api/chat/api.ts';
import { dialectOf } from '../../../../src/providers/openai-compatible/dialect.ts';
import { hostOf } from '../../../../src/providers/openai-compatible/hosts.ts';
import { parseObject } from '../../../../src/providers/shared/json.ts';
import { aCall, media, message, reasoning, text, toolCall, toolResult } from '../openai-api/a-call.ts';

// What a server answered goes back to it with the next turn. Here it is read from what went back, as if the server had
// answered just that, and sent once more: nothing may be lost on the way, nor change.

const details = [
  { type: 'reasoning.text', text: 'Two numbers.', signature: 'sig', format: 'anthropic-claude-v1', index: 0 },
  { type: 'reasoning.encrypted', data: 'gAAAAB==', id: 'rs_1', index: 1 },
];
const SIGNATURE = JSON.stringify({ reasoning_details: details });
const calls = [toolCall('a', 'add', '{"b":12345678901234567890,"a":2}'), toolCall('b', 'now', '{}')];

describe.each([
  // base URL, model, what is answered, what of it goes back
  ['http://127.0.0.1:8000/v1', 'a-model', reasoning('Two numbers.', SIGNATURE), true],
  ['https://openrouter.ai/api/v1', 'anthropic/claude', reasoning('Two numbers.', SIGNATURE), true],
  ['https://api.deepseek.com', 'deepseek-reasoner', reasoning('Two numbers.', ''), true],
  ['https://api.mistral.ai/v1', 'magistral-medium', reasoning('Two numbers.', ''), true],
  ['https://api.groq.com/openai/v1', 'openai/gpt-oss-120b', reasoning('Two numbers.', ''), true],
  ['https://api.cerebras.ai/v1', 'gpt-oss-120b', reasoning('Two numbers.', ''), true],
  ['https://api.x.ai/v1', 'grok-4', reasoning('Two numbers.', ''), true],
  ['https://api.groq.com/openai/v1', 'llama-3.3-70b-versatile', reasoning('Two numbers.', ''), false],
  ['https://api.perplexity.ai', 'sonar', reasoning('Two numbers.', ''), false],
])('a conversation with %s', (baseUrl, model, thought, goesBack) => {
  const api = createChatApi(dialectOf(hostOf(baseUrl)));

  it(`of ${model} ${goesBack ? 'keeps' : 'leaves out'} what was thought, and loses nothing else`, () => {
    const kept = [...(goesBack ? [thought] : []), text('Let me see.'), ...calls];
    const first = written([thought, text('Let me see.'), ...calls]);
    const answered = read(first.messages[2]);
    expect(answered).toEqual(kept);
    expect(written(answered)).toEqual(first);
  });

  function written(answered: readonly Part[]): { messages: object[] } {
    const image = { mediaType: 'image/png', source: { $case: 'data', value: Buffer.from('png') } };
    const messages: Message[] = [
      message(Role.SYSTEM, text('Be brief.')),
      message(Role.USER, text('What is there?'), media('image', image)),
      message(Role.ASSISTANT, ...answered),
      message(Role.TOOL, toolResult('a', '3'), toolResult('b', 'broken', true)),
    ];
    const { body } = api.mapRequest(aCall({ messages, prompt: 'Go on.' }, { model }), { streamed: false });
    return JSON.parse(JSON.stringify(body));
  }

  function read(said: object | undefined): Part[] {
    const completion = { id: 'r1', choices: [{ index: 0, message: said, finish_reason: 'tool_calls' }] };
    const answer = parseObject(JSON.stringify(completion));
    return api.mapAnswer(answer, { call: aCall(), provider: 'a-server', warnings: [] }).message.parts;
  }
});

describe('what goes back', () => {
  it('holds nothing of a signature that another vendor made', () => {
    const foreign = message(Role.ASSISTANT, reasoning('Hm.', 'EqQBCgIYAhIM'), text('Yes.'));
    expect(assistantOf(foreign)).toEqual({
      role: 'assistant',
      content: 'Yes.',
      reasoning: 'Hm.',
      reasoning_content: 'Hm.',
    });
  });

  it('says a refusal as text, and several texts of an answer as one', () => {
    const refused = message(Role.ASSISTANT, text('No'), text(', '), {
      part: { $case: 'refusal', value: 'never.' },
    });
    expect(assistantOf(refused)).toEqual({ role: 'assistant', content: 'No, never.' });
  });

  function assistantOf(said: Message): unknown {
    const api = createChatApi(dialectOf(undefined));
    const { body } = api.mapRequest(aCall({ messages: [said], prompt: 'Why?' }), { streamed: false });
    return JSON.parse(JSON.stringify(body)).messages[0];
  }
});
