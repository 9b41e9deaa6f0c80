import { describe, expect, it } from 'vitest';
import { createFold } from '../../../../../src/completion/fold.ts';
import { FinishReason } from '../../../../../src/gen/sluice/v1/completion_service.ts';
import type { Part } from '../../../../../src/gen/sluice/v1/message.ts';
import { createChatApi } from '../../../../../src/providers/openai-api/chat/api.ts';
import { OPENAI_DIALECT } from '../../../../../src/providers/openai-api/chat/dialect.ts';
import { aCall, reasoning, reasonThrownBy, text, toolCall } from '../a-call.ts';

// Forms in which the many servers of OpenAI's API say the same. Each is said whole, as a delta of a stream, and whole
// where a stream was asked for; the folded answers must not differ.

const api = createChatApi(OPENAI_DIALECT);
const details = [
  { type: 'reasoning.text', text: 'Hm.', signature: 'sig', format: 'anthropic-claude-v1', index: 0 },
  { type: 'reasoning.encrypted', data: 'gAAA', id: 'rs_1', index: 1 },
];

describe('what a server says', () => {
  it.each<[string, object, Part[]]>([
    ['text', { content: 'Yes.' }, [text('Yes.')]],
    ['nothing', { content: null }, []],
    [
      'reasoning_content of DeepSeek, llama.cpp, xAI',
      { reasoning_content: 'Hm.', content: 'Yes.' },
      [reasoning('Hm.', ''), text('Yes.')],
    ],
    [
      'reasoning of Groq, Ollama, Cerebras, vLLM',
      { reasoning: 'Hm.', content: 'Yes.' },
      [reasoning('Hm.', ''), text('Yes.')],
    ],
    ['thinking', { thinking: 'Hm.', content: 'Yes.' }, [reasoning('Hm.', ''), text('Yes.')]],
    [
      'reasoning under both names',
      { reasoning: 'Hm.', reasoning_content: 'Hm.', content: 'Yes.' },
      [reasoning('Hm.', ''), text('Yes.')],
    ],
    [
      'reasoning and an empty other one',
      { reasoning_content: null, reasoning: 'Hm.' },
      [reasoning('Hm.', '')],
    ],
    [
      'content of Mistral, in pieces, among those of tomorrow',
      {
        content: [
          {
            type: 'thinking',
            thinking: [{ type: 'text', text: 'H' }, { type: 'reference' }, { type: 'text', text: 'm.' }],
          },
          { type: 'reference', reference_ids: [1] },
          { type: 'text', text: 'Ye' },
          { type: 'text', text: 's.' },
        ],
      },
      [reasoning('Hm.', ''), text('Yes.')],
    ],
    [
      'reasoning_details of OpenRouter that hold no more than the text',
      { reasoning: 'Hm.', reasoning_details: [{ type: 'reasoning.summary', summary: 'Hm.', index: 0 }] },
      [reasoning('Hm.', '')],
    ],
    [
      'reasoning_details with a signature',
      { reasoning: 'Hm.', reasoning_details: details, content: 'Yes.' },
      [reasoning('Hm.', JSON.stringify({ reasoning_details: details })), text('Yes.')],
    ],
    [
      'reasoning_details alone',
      { reasoning_details: details },
      [reasoning('Hm.', JSON.stringify({ reasoning_details: details }))],
    ],
    [
      'tool calls without index',
      { tool_calls: [called('a', 'add', '{"x":1}'), called('b', 'now', '')] },
      [toolCall('a', 'add', '{"x":1}'), toolCall('b', 'now', '{}')],
    ],
    [
      'tool calls of one index',
      {
        tool_calls: [
          { index: 0, ...called('a', 'add', '{}') },
          { index: 0, ...called('b', 'add', '{}') },
        ],
      },
      [toolCall('a', 'add', '{}'), toolCall('b', 'add', '{}')],
    ],
    [
      'tool calls of one index and without ids',
      {
        tool_calls: [
          { index: 0, function: { name: 'add', arguments: '{"x":1}' } },
          { index: 0, function: { name: 'add', arguments: '{"x":2}' } },
        ],
      },
      [toolCall('call_r1_0', 'add', '{"x":1}'), toolCall('call_r1_1', 'add', '{"x":2}')],
    ],
    [
      'tool calls with an id that is a number, and arguments that are an object',
      { tool_calls: [{ id: 7, function: { name: 'add', arguments: { b: 1, a: 2 } } }] },
      [toolCall('7', 'add', '{"b":1,"a":2}')],
    ],
    [
      'the tool call of TGI before 3, without a list',
      { tool_calls: { index: 0, id: 'a', type: 'function', function: { name: 'add', arguments: '{}' } } },
      [toolCall('a', 'add', '{}')],
    ],
    [
      'the function call of older models',
      { tool_calls: null, function_call: { name: 'add', arguments: '{"x":1}' } },
      [toolCall('call_r1_0', 'add', '{"x":1}')],
    ],
  ])('%s', (_what, message, parts) => {
    expect(said(whole(message))).toEqual(parts);
    expect(said(streamed(message))).toEqual(parts);
    expect(said(unstreamed(message))).toEqual(parts);
  });

  it.each([
    ['stop', FinishReason.STOP],
    ['eos', FinishReason.STOP],
    ['end_turn', FinishReason.STOP],
    ['stop_sequence', FinishReason.STOP_SEQUENCE],
    ['model_length', FinishReason.LENGTH],
    ['sensitive', FinishReason.CONTENT_FILTER],
    ['', FinishReason.OTHER],
  ])('finish reason "%s"', (word, reason) => {
    expect(whole({ content: 'x' }, word).finishReason).toBe(reason);
    expect(streamed({ content: 'x' }, word).finishReason).toBe(reason);
  });

  it.each(['error', 'abort', 'insufficient_system_resource'])(
    'is not whole where it ends with "%s"',
    (word) => {
      expect(reasonThrownBy(() => whole({ content: 'x' }, word))).toBe('PROVIDER_UNAVAILABLE');
      expect(reasonThrownBy(() => streamed({ content: 'x' }, word))).toBe('PROVIDER_UNAVAILABLE');
      expect(reasonThrownBy(() => unstreamed({ content: 'x' }, word))).toBe('PROVIDER_UNAVAILABLE');
    },
  );
});

describe('reasoning_details in pieces', () => {
  it('are joined by type and index, signed before the text, and kept apart otherwise', () => {
    const [first, second] = [
      { type: 'reasoning.text', index: 0, text: 'H', format: 'f' },
      { type: 'reasoning.text', index: 0, text: 'm.', signature: null },
    ];
    const events = decode([
      chunk({ reasoning: 'H', reasoning_details: [first] }),
      chunk({ reasoning: 'm.', reasoning_details: [second] }),
      chunk({ reasoning_details: [{ type: 'reasoning.text', index: 0, signature: 'sig' }] }),
      chunk({ reasoning_details: [{ type: 'reasoning.encrypted', index: 1, data: 'x' }] }),
      chunk({ content: 'Yes.' }),
      chunk({ reasoning_details: [{ type: 'reasoning.encrypted', index: 2, data: 'y' }] }, 'stop'),
      'DONE',
    ]);
    const joined = [
      { type: 'reasoning.text', index: 0, text: 'Hm.', format: 'f', signature: 'sig' },
      { type: 'reasoning.encrypted', index: 1, data: 'x' },
    ];
    const late = [{ type: 'reasoning.encrypted', index: 2, data: 'y' }];
    expect(said(events)).toEqual([
      reasoning('Hm.', JSON.stringify({ reasoning_details: joined })),
      text('Yes.'),
      reasoning('', JSON.stringify({ reasoning_details: late })),
    ]);
  });
});

describe('tool calls in pieces', () => {
  it.each([
    ['with the id in each piece, as TGI sends them', 'a', ''],
    ['with an id of its own in each piece', 'other', ''],
    ['with the name in each piece', '', 'add'],
  ])('are one call %s', (_how, id, name) => {
    const answer = decode([
      chunk({ tool_calls: [{ index: 0, ...called('a', 'add', '{"x"') }] }),
      chunk({ tool_calls: [{ index: 0, id, function: { name, arguments: ':1}' } }] }),
      'DONE',
    ]);
    expect(said(answer)).toEqual([toolCall('a', 'add', '{"x":1}')]);
    expect(answer.finishReason).toBe(FinishReason.TOOL_CALLS);
  });
});

it('keeps calls apart that have index and id in common, as those of TGI have', () => {
  const piece = (name: string | null, json: string) =>
    chunk({ tool_calls: [{ index: 0, id: '0', function: { name, arguments: json } }] });
  const pieces = [piece('add', '{"x"'), piece(null, ':1}'), piece('now', '{}'), piece('now', '')];
  expect(said(decode([...pieces, chunk({}, 'stop'), 'DONE']))).toEqual([
    toolCall('0', 'add', '{"x":1}'),
    toolCall('0', 'now', '{}'),
  ]);
});

it('puts the function call of older models together', () => {
  const answer = decode([
    chunk({ role: 'assistant', content: null, function_call: { name: 'add', arguments: '' } }),
    chunk({ function_call: { arguments: '{"x"' } }),
    chunk({ function_call: { arguments: ':1}' } }),
    chunk({}, 'function_call'),
    'DONE',
  ]);
  expect(said(answer)).toEqual([toolCall('call_r1_0', 'add', '{"x":1}')]);
  expect(answer.finishReason).toBe(FinishReason.TOOL_CALLS);
});

it('reads usage inside of a choice, as Moonshot streams it', () => {
  const usage = { prompt_tokens: 7, completion_tokens: 5 };
  const last = { id: 'r1', choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage }] };
  expect(decode([chunk({ content: 'x' }), last, 'DONE']).usage).toMatchObject({
    inputTokens: 7,
    outputTokens: 5,
    estimated: false,
  });
});

describe('usage', () => {
  it.each<[string, object, object]>([
    ['of nobody', {}, { estimated: true }],
    ['that is empty', { usage: {} }, { estimated: true }],
    [
      'under x_groq',
      { x_groq: { usage: { prompt_tokens: 7, completion_tokens: 5 } } },
      { inputTokens: 7, outputTokens: 5 },
    ],
    [
      'of DeepSeek',
      {
        usage: {
          prompt_tokens: 7,
          completion_tokens: 5,
          prompt_cache_hit_tokens: 3,
          prompt_cache_miss_tokens: 4,
        },
      },
      { inputTokens: 7, outputTokens: 5, cacheReadTokens: 3 },
    ],
    [
      'of Together',
      { usage: { prompt_tokens: 7, completion_tokens: 5, cached_tokens: 3 } },
      { inputTokens: 7, outputTokens: 5, cacheReadTokens: 3 },
    ],
    [
      'of xAI, which counts reasoning outside of the output',
      {
        usage: {
          prompt_tokens: 165,
          completion_tokens: 2,
          total_tokens: 296,
          completion_tokens_details: { reasoning_tokens: 129 },
        },
      },
      { inputTokens: 165, outputTokens: 131, reasoningTokens: 129 },
    ],
    [
      'whose parts are more than the whole',
      {
        usage: {
          prompt_tokens: 7,
          completion_tokens: 5,
          prompt_tokens_details: { cached_tokens: 9 },
          completion_tokens_details: { reasoning_tokens: 6 },
        },
      },
      { inputTokens: 7, cacheReadTokens: 7, outputTokens: 5, reasoningTokens: 5 },
    ],
  ])('%s', (_whose, usage, expected) => {
    const none = {
      inputTokens: 0,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
    };
    const counted = { ...none, estimated: false, ...expected };
    expect(api.mapAnswer({ ...completion({ content: 'x' }), ...usage }, context()).usage).toEqual(counted);
    expect(decode([{ ...chunk({ content: 'x' }, 'stop'), ...usage }, 'DONE']).usage).toEqual(counted);
  });
});

describe('an error inside a stream', () => {
  it.each<[string, string | undefined, object, string]>([
    [
      'event: error without [DONE], as Groq sends it',
      'error',
      { error: { message: 'x', type: 'invalid_request_error', failed_generation: '{', status_code: 400 } },
      'PROVIDER_REJECTED_REQUEST',
    ],
    ['event: error with a text', 'error', { message: 'overloaded' }, 'PROVIDER_UNAVAILABLE'],
    [
      'error beside no choices, as OpenRouter sends it',
      undefined,
      { id: 'r1', choices: [], error: { code: 429, message: 'x', metadata: {} } },
      'PROVIDER_RATE_LIMITED',
    ],
    [
      'error beside a choice',
      undefined,
      { ...chunk({ content: '' }), error: { code: 502, message: 'x' } },
      'PROVIDER_UNAVAILABLE',
    ],
    [
      'error inside of a choice',
      undefined,
      { choices: [{ index: 0, delta: {}, error: { code: 403, message: 'x' } }] },
      'PROVIDER_CREDENTIALS_REJECTED',
    ],
    [
      'error without an error around it, as vLLM sent it',
      undefined,
      { object: 'error', message: 'x', type: 'BadRequestError', param: null, code: 400 },
      'PROVIDER_REJECTED_REQUEST',
    ],
    [
      'error of Novita, with nothing around it',
      undefined,
      { code: 429, reason: 'RATE_LIMIT', message: 'x', metadata: {} },
      'PROVIDER_RATE_LIMITED',
    ],
    [
      'error of Cerebras, with nothing around it',
      undefined,
      { message: 'x', type: 'server_error', param: null, code: 'failed' },
      'PROVIDER_UNAVAILABLE',
    ],
    ['detail of FastAPI', undefined, { detail: 'x' }, 'PROVIDER_UNAVAILABLE'],
    ['error that is a text', undefined, { error: 'x', error_type: 'generation' }, 'PROVIDER_UNAVAILABLE'],
    [
      'error that says too long in words',
      undefined,
      { error: { message: 'prompt too long; exceeded max context length by 7 tokens', code: 400 } },
      'CONTEXT_LENGTH_EXCEEDED',
    ],
  ])('%s', (_form, event, body, reason) => {
    const decoder = api.createStreamDecoder(context());
    decoder.decode({ event: undefined, data: JSON.stringify(chunk({ content: 'x' })) });
    expect(reasonThrownBy(() => decoder.decode({ event, data: JSON.stringify(body) }))).toBe(reason);
  });
});

it('passes over chunks that are neither answer nor error', () => {
  const ping = { type: 'ping' };
  const said = { ...chunk({ content: 'Yes.' }, 'stop'), message: 'success', code: 0 };
  expect(decode([ping, {}, said, 'DONE']).message?.parts).toEqual([text('Yes.')]);
});

it.each<[string, object[]]>([
  ['usage alone', [{ choices: [], usage: { prompt_tokens: 1, completion_tokens: 0 } }]],
  ['findings of a filter alone', [{ id: '', model: '', choices: [], prompt_filter_results: [] }]],
])('takes a stream of %s for no answer', (_what, chunks) => {
  expect(reasonThrownBy(() => decode([...chunks, 'DONE']))).toBe('PROVIDER_RESPONSE_INVALID');
});

describe('a body where a stream was asked for', () => {
  it.each([
    [{}, 'PROVIDER_RESPONSE_INVALID'],
    [{ error: { message: 'x', type: 'rate_limit_error' } }, 'PROVIDER_RATE_LIMITED'],
    [{ choices: [{ index: 0, message: { content: 'x' } }] }, 'PROVIDER_UNAVAILABLE'],
  ])('that is no whole answer is none: %j', (body, reason) => {
    expect(reasonThrownBy(() => api.mapUnstreamed?.(body, context()))).toBe(reason);
  });
});

function context() {
  return { call: aCall(), provider: 'a-server', warnings: [] };
}

function called(id: string, name: string, json: string) {
  return { id, type: 'function', function: { name, arguments: json } };
}

function completion(message: object, finish_reason = 'stop') {
  return { id: 'r1', model: 'm', choices: [{ index: 0, message, finish_reason: finish_reason || null }] };
}

function chunk(delta: object, finish_reason: string | null = null) {
  return { id: 'r1', model: 'm', choices: [{ index: 0, delta, finish_reason }] };
}

function whole(message: object, word?: string) {
  return api.mapAnswer(completion(message, word), context());
}

function streamed(message: object, word = 'stop') {
  return decode([chunk(message), chunk({}, word || null), 'DONE']);
}

function unstreamed(message: object, word?: string) {
  const fold = createFold();
  fold.add(api.mapUnstreamed?.(completion(message, word), context()) ?? []);
  return fold.answer();
}

function decode(chunks: readonly (object | 'DONE')[]) {
  const decoder = api.createStreamDecoder(context());
  const fold = createFold();
  for (const one of chunks) {
    fold.add(decoder.decode({ event: undefined, data: one === 'DONE' ? '[DONE]' : JSON.stringify(one) }));
  }
  fold.add(decoder.end());
  return fold.answer();
}

function said(answer: { message?: { parts: Part[] } | undefined }): Part[] | undefined {
  return answer.message?.parts;
}
