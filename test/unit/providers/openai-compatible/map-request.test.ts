import { describe, expect, it } from 'vitest';
import { ReasoningEffort } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { Role } from '../../../../src/gen/sluice/v1/message.ts';
import { ToolMode } from '../../../../src/gen/sluice/v1/tool.ts';
import { createChatApi } from '../../../../src/providers/openai-api/chat/api.ts';
import { dialectOf } from '../../../../src/providers/openai-compatible/dialect.ts';
import { hostOf } from '../../../../src/providers/openai-compatible/hosts.ts';
import { aCall, message, type Said, text } from '../openai-api/a-call.ts';

const everything: Said = {
  messages: [
    message(Role.SYSTEM, text('Be brief.'), text('Be kind.')),
    message(Role.USER, text('a'), text('b')),
  ],
  maxOutputTokens: 7,
  sampling: {
    temperature: 0,
    topP: 0.5,
    topK: 3,
    seed: 0,
    stop: ['x'],
    presencePenalty: 0,
    frequencyPenalty: 1,
  },
  reasoning: { effort: ReasoningEffort.MINIMAL },
  tools: [{ name: 'now', parameters: '{"type":"object"}' }],
  toolChoice: { choice: { $case: 'mode', value: ToolMode.REQUIRED }, disableParallel: true },
  responseFormat: { format: { $case: 'jsonObject', value: {} } },
  endUser: 'u1',
};

const said = {
  model: 'a-model',
  messages: [
    { role: 'system', content: 'Be brief.\n\nBe kind.' },
    { role: 'user', content: 'a\n\nb' },
  ],
  max_tokens: 7,
  temperature: 0,
  top_p: 0.5,
  top_k: 3,
  stop: ['x'],
  presence_penalty: 0,
  frequency_penalty: 1,
  tools: [{ type: 'function', function: { name: 'now', parameters: { type: 'object' } } }],
  tool_choice: 'required',
  parallel_tool_calls: false,
  response_format: { type: 'json_object' },
};

describe('asking a compatible server', () => {
  it('says everything in the words that most of them know', () => {
    expect(written('http://127.0.0.1:8000/v1', everything, { streamed: true })).toEqual({
      body: {
        ...said,
        seed: 0,
        reasoning_effort: 'low',
        user: 'u1',
        stream: true,
        stream_options: { include_usage: true },
      },
      warned: [],
    });
  });

  it('says to Mistral, which refuses what it does not know, only what it knows', () => {
    expect(written('https://api.mistral.ai/v1', everything, { streamed: true })).toEqual({
      body: { ...said, random_seed: 0, reasoning_effort: 'low', stream: true },
      warned: ['end_user'],
    });
  });

  it('names speakers to all but Mistral, which refuses names', () => {
    const request = { messages: [{ ...message(Role.USER, text('Hi.')), name: 'ada' }] };
    const spoken = (baseUrl: string) => written(baseUrl, request).body.messages;
    expect(spoken('http://127.0.0.1:8000/v1')).toEqual([{ role: 'user', content: 'Hi.', name: 'ada' }]);
    expect(spoken('https://api.mistral.ai/v1')).toEqual([{ role: 'user', content: 'Hi.' }]);
  });

  it('warns of a number of tokens to think in', () => {
    const asked = { prompt: 'hi', reasoning: { budgetTokens: 100 } };
    expect(written('http://127.0.0.1:8000/v1', asked).warned).toEqual(['reasoning.budget_tokens']);
  });

  it.each([
    ['https://api.deepseek.com', { effort: ReasoningEffort.NONE }, { thinking: { type: 'disabled' } }],
    [
      'https://api.deepseek.com',
      { effort: ReasoningEffort.HIGH },
      { thinking: { type: 'enabled' }, reasoning_effort: 'high' },
    ],
    ['https://api.deepseek.com', {}, {}],
    ['https://openrouter.ai/api/v1', { effort: ReasoningEffort.LOW }, { reasoning: { effort: 'low' } }],
    ['https://openrouter.ai/api/v1', { effort: ReasoningEffort.NONE }, { reasoning: { effort: 'none' } }],
    ['https://openrouter.ai/api/v1', { budgetTokens: 100 }, { reasoning: { max_tokens: 100 } }],
    ['https://openrouter.ai/api/v1', { budgetTokens: 0 }, { reasoning: { effort: 'none' } }],
    ['https://openrouter.ai/api/v1', {}, {}],
    ['http://127.0.0.1:8000/v1', { effort: ReasoningEffort.NONE }, { reasoning_effort: 'none' }],
  ])('asks %s to think as %j says', (baseUrl, reasoning, members) => {
    const plain = { model: 'a-model', messages: [{ role: 'user', content: 'hi' }], stream: false };
    expect(written(baseUrl, { prompt: 'hi', reasoning })).toEqual({
      body: { ...plain, ...members },
      warned: [],
    });
  });
});

describe('the host of a base URL', () => {
  it.each([
    ['https://api.groq.com/openai/v1', 'groq'],
    ['https://api.mistral.ai/v1', 'mistral_ai'],
    ['https://codestral.mistral.ai/v1', 'mistral_ai'],
    ['https://api.x.ai/v1', 'x_ai'],
    ['https://eu-west-1.api.x.ai/v1', 'x_ai'],
    ['https://box.ai/v1', undefined],
    ['http://groq.com.example/v1', undefined],
    ['http://[::1]:8080/v1', undefined],
  ])('%s is %s', (baseUrl, telemetryName) => {
    expect(hostOf(baseUrl)?.telemetryName).toBe(telemetryName);
  });

  it.each([
    ['https://api.x.ai/v1', 'grok-4', { presencePenalty: false, maxStopTexts: 0, topK: false, tools: true }],
    ['https://api.x.ai/v1', 'grok-4-1-fast-non-reasoning', { presencePenalty: true, maxStopTexts: 4 }],
    ['https://api.deepseek.com', 'deepseek-chat', { jsonSchema: false, jsonObject: true, imageInput: false }],
    ['https://api.mistral.ai/v1', 'mistral-small', { maxTemperature: 1.5, topK: false }],
    [
      'http://127.0.0.1:8000/v1',
      'a-model',
      { topK: true, imageInput: true, embedding: true, completion: true },
    ],
  ])('tells what %s takes for %s', (baseUrl, model, takes) => {
    expect(dialectOf(hostOf(baseUrl)).capabilities(model)).toMatchObject(takes);
  });
});

function written(baseUrl: string, request: Said, { streamed } = { streamed: false }) {
  const api = createChatApi(dialectOf(hostOf(baseUrl)));
  const { body, warnings } = api.mapRequest(aCall(request, { model: 'a-model' }), { streamed });
  return { body: JSON.parse(JSON.stringify(body)), warned: warnings.map(({ field }) => field) };
}
