import { describe, expect, it } from 'vitest';
import { tokenizerQuestion } from '../../../../src/providers/openai-api/tokenizer-question.ts';

const messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'hi', name: 'ada' },
  { role: 'assistant', content: 'Hello.' },
];
const user = [{ role: 'user', content: 'hi' }];
const parameters = {
  type: 'object',
  properties: {
    city: { type: 'string', description: 'The city', enum: ['Oslo', 'Rome'] },
    days: { type: 'array', items: { type: 'integer' } },
  },
  required: ['city'],
  additionalProperties: false,
};
const tool = { type: 'function', function: { name: 'weather', description: 'Tells it.', parameters } };

describe('asking for the tokens of a request', () => {
  it.each([
    ['gpt-4o', 'o200k_base'],
    ['gpt-4o-mini-2024-07-18', 'o200k_base'],
    ['gpt-4.1-nano', 'o200k_base'],
    ['chatgpt-4o-latest', 'o200k_base'],
    ['ft:gpt-4o-mini-2024-07-18:acme::id', 'o200k_base'],
    ['gpt-4', 'cl100k_base'],
    ['gpt-4-turbo', 'cl100k_base'],
    ['gpt-3.5-turbo-0125', 'cl100k_base'],
  ])('knows %s by its encoding, %s', (model, encoding) => {
    expect(tokenizerQuestion({ model, messages, temperature: 0, stream: false })).toEqual({
      encoding,
      surplus: 0,
      chat: { messages },
    });
  });

  it('takes a token off for models that reason, and takes only what a user says', () => {
    expect(tokenizerQuestion({ model: 'gpt-5-mini', messages: user })).toMatchObject({ surplus: -1 });
    expect(tokenizerQuestion({ model: 'gpt-5-mini', messages })).toBeUndefined();
  });

  it('asks for tools as functions', () => {
    expect(tokenizerQuestion({ model: 'gpt-4o', messages, tools: [tool], tool_choice: 'auto' })).toEqual({
      encoding: 'o200k_base',
      surplus: 0,
      chat: { messages, functions: [tool.function] },
    });
  });

  it('asks for a text', () => {
    expect(tokenizerQuestion({ model: 'gpt-3.5-turbo-instruct', prompt: 'Once' })).toEqual({
      encoding: 'cl100k_base',
      surplus: 0,
      text: 'Once',
    });
  });

  it.each([
    ['a model that it does not know', { model: 'a-deployment' }],
    ['a model that hears', { model: 'gpt-4o-audio-preview' }],
    ['a model that searches', { model: 'gpt-4o-mini-search-preview' }],
    ['a model that reasons otherwise', { model: 'o3' }],
    ['no model', { model: undefined }],
    ['an image', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] }],
    ['a call', { messages: [{ role: 'assistant', content: null, tool_calls: [] }] }],
    ['a result', { messages: [{ role: 'tool', content: 'noon', tool_call_id: 'c1' }] }],
    ['a refusal', { messages: [{ role: 'assistant', content: 'No.', refusal: 'No.' }] }],
    ['a schema to follow', { response_format: { type: 'json_schema', json_schema: {} } }],
    ['an option that may be input', { web_search_options: {} }],
    ['a forced tool', { tools: [tool], tool_choice: { type: 'function' } }],
    ['a strict tool', { tools: [{ type: 'function', function: { name: 'now', strict: true } }] }],
    ['a tool of another type', { tools: [{ type: 'custom', custom: { name: 'now' } }] }],
    ['tools of a model whose rendering is not known', { model: 'gpt-4', tools: [tool] }],
    ['a schema with a reference', { tools: [toolOf({ $ref: '#/$defs/city' })] }],
    ['a schema with a choice', { tools: [toolOf({ anyOf: [{ type: 'string' }] })] }],
    ['a schema with several types', { tools: [toolOf({ type: ['string', 'null'] })] }],
    ['a schema with a long description', { tools: [toolOf({ type: 'string', description: 'a\nb' })] }],
    ['a prompt of a chat model', { messages: undefined, prompt: 'Once' }],
    ['a completion with an end', { model: 'gpt-3.5-turbo-instruct', prompt: 'Once', suffix: 'ever after' }],
  ])('does not ask about %s', (_what, said) => {
    expect(tokenizerQuestion({ model: 'gpt-4o', messages, ...said })).toBeUndefined();
  });
});

function toolOf(schema: object): object {
  const nested = { type: 'object', properties: { inner: { type: 'object', properties: { schema } } } };
  return { type: 'function', function: { name: 'weather', parameters: nested } };
}
