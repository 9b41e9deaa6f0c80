import { describe, expect, it } from 'vitest';
import type { CompletionEvent } from '../../../../../src/completion/ports/events.ts';
import { FinishReason } from '../../../../../src/gen/sluice/v1/completion_service.ts';
import { createStreamDecoder } from '../../../../../src/providers/openai-api/responses/map-stream.ts';
import { aCall, reasonThrownBy } from '../a-call.ts';

const NO_SIGNATURE = Buffer.alloc(0);
const USAGE = {
  input_tokens: 7,
  input_tokens_details: { cached_tokens: 3 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 2 },
};

describe('decoding a stream of response events', () => {
  it('tells id and model of the response once', () => {
    const { facts } = decode([
      { type: 'response.created', response: { id: 'resp_1', model: 'gpt-5-2025' } },
      { type: 'response.in_progress', response: { id: 'resp_1', model: 'gpt-5-2025' } },
      ending('completed', { id: 'resp_1', model: 'gpt-5-2025' }),
    ]);
    expect(facts).toEqual([{ responseId: 'resp_1', responseModel: 'gpt-5-2025' }]);
  });

  it('ends at its terminal event, with the usage of it', () => {
    const { events } = decode([delta('output_text', 0, 'Hello'), ending('completed', { usage: USAGE })]);
    expect(events).toEqual([
      { $case: 'textDelta', value: { text: 'Hello' } },
      {
        $case: 'finished',
        value: {
          finishReason: FinishReason.STOP,
          providerFinishReason: 'completed',
          usage: {
            inputTokens: 7,
            cacheReadTokens: 3,
            cacheWriteTokens: 0,
            outputTokens: 5,
            reasoningTokens: 2,
            estimated: false,
          },
        },
      },
    ]);
  });

  it('keeps calls that come side by side apart, and gives an empty call an object', () => {
    const { events } = decode([
      added(0, { type: 'function_call', id: 'fc_1', call_id: 'a', name: 'add', arguments: '' }),
      added(1, { type: 'function_call', id: 'fc_2', call_id: 'b', name: 'now', arguments: '' }),
      delta('function_call_arguments', 0, '{"x"'),
      delta('function_call_arguments', 0, ':1}'),
      done(1, { type: 'function_call', id: 'fc_2', call_id: 'b', name: 'now', arguments: '' }),
      done(0, { type: 'function_call', id: 'fc_1', call_id: 'a', name: 'add', arguments: '{"x":1}' }),
      ending('completed'),
    ]);
    expect(events.slice(0, -1)).toEqual([
      { $case: 'toolCallStarted', value: { index: 0, id: 'a', name: 'add', signature: NO_SIGNATURE } },
      { $case: 'toolCallStarted', value: { index: 1, id: 'b', name: 'now', signature: NO_SIGNATURE } },
      { $case: 'toolCallDelta', value: { index: 0, arguments: '{"x"' } },
      { $case: 'toolCallDelta', value: { index: 0, arguments: ':1}' } },
      { $case: 'toolCallDelta', value: { index: 1, arguments: '{}' } },
    ]);
    expect(events.at(-1)).toMatchObject({ value: { finishReason: FinishReason.TOOL_CALLS } });
  });

  it('signs reasoning with the item as it is when it is done, and parts its pieces by an empty line', () => {
    const item = { id: 'rs_1', type: 'reasoning', summary: [{ text: 'First.' }], encrypted_content: 'all' };
    const { events } = decode([
      added(0, { ...item, summary: [], encrypted_content: 'half' }),
      delta('reasoning_summary_text', 0, 'Fir', { summary_index: 0 }),
      delta('reasoning_summary_text', 0, 'st.', { summary_index: 0 }),
      delta('reasoning_summary_text', 0, 'Then.', { summary_index: 1 }),
      done(0, item),
      ending('completed'),
    ]);
    expect(events.slice(0, -1)).toEqual([
      { $case: 'reasoningDelta', value: { text: 'Fir', signature: NO_SIGNATURE } },
      { $case: 'reasoningDelta', value: { text: 'st.', signature: NO_SIGNATURE } },
      { $case: 'reasoningDelta', value: { text: '\n\nThen.', signature: NO_SIGNATURE } },
      { $case: 'reasoningDelta', value: { text: '', signature: Buffer.from(JSON.stringify(item)) } },
    ]);
  });

  it('gives no signature to reasoning that is known by its id alone', () => {
    const { events } = decode([done(0, { type: 'reasoning', id: 'rs_1', summary: [] }), ending('completed')]);
    expect(events).toHaveLength(1);
  });

  it('gives refusals and citations as parts once their message is done', () => {
    const annotations = [
      { type: 'url_citation', title: 'Ruby', url: 'https://ruby-lang.org', start_index: 0, end_index: 3 },
      { type: 'file_citation', file_id: 'file-1', filename: 'ai.pdf', index: 9 },
      { type: 'file_path', file_id: 'file-2' },
    ];
    const { events } = decode([
      delta('output_text', 0, 'No.'),
      delta('refusal', 0, "I'm sorry"),
      done(0, {
        type: 'message',
        content: [
          { type: 'output_text', text: 'No.', annotations },
          { type: 'refusal', refusal: "I'm sorry" },
        ],
      }),
      ending('completed'),
    ]);
    expect(events.slice(1, -1)).toEqual([
      { $case: 'part', value: { part: { $case: 'refusal', value: "I'm sorry" } } },
      citation('Ruby', 'https://ruby-lang.org'),
      citation('ai.pdf', ''),
    ]);
    expect(events.at(-1)).toMatchObject({ value: { finishReason: FinishReason.REFUSAL } });
  });

  it.each([
    [[done(0, { type: 'message', content: [{ type: 'output_text', text: 'Hello' }] }), ending('completed')]],
    [
      [
        ending('completed', {
          output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hello' }] }],
        }),
      ],
    ],
  ])('says what was not told in pieces', (wire) => {
    expect(decode(wire).events[0]).toEqual({ $case: 'textDelta', value: { text: 'Hello' } });
  });

  it('takes from the whole output what was never told of an item', () => {
    const call = { type: 'function_call', call_id: 'a', name: 'add' };
    const content = [
      { type: 'output_text', text: 'No.' },
      { type: 'refusal', refusal: 'Sorry' },
    ];
    const { events } = decode([
      added(0, { ...call, arguments: '' }),
      delta('output_text', 1, 'No.'),
      ending('completed', {
        output: [
          { ...call, arguments: '{"x":1}' },
          { type: 'message', content },
        ],
      }),
    ]);
    expect(events.slice(2, -1)).toEqual([
      { $case: 'toolCallDelta', value: { index: 0, arguments: '{"x":1}' } },
      { $case: 'part', value: { part: { $case: 'refusal', value: 'Sorry' } } },
    ]);
    expect(events.at(-1)).toMatchObject({ value: { finishReason: FinishReason.REFUSAL } });
  });

  it('gives a call an object whose end is never told', () => {
    const { events } = decode([
      added(0, { type: 'function_call', call_id: 'a', name: 'now' }),
      ending('completed'),
    ]);
    expect(events[1]).toEqual({ $case: 'toolCallDelta', value: { index: 0, arguments: '{}' } });
  });

  it.each([
    ['max_output_tokens', FinishReason.LENGTH],
    ['content_filter', FinishReason.CONTENT_FILTER],
    ['a_new_word', FinishReason.OTHER],
  ])('maps what made it incomplete, %s, and keeps the word', (reason, finishReason) => {
    const { events } = decode([
      added(0, { type: 'function_call', call_id: 'a', name: 'now' }),
      ending('incomplete', { incomplete_details: { reason } }),
    ]);
    expect(events.at(-1)).toMatchObject({ value: { finishReason, providerFinishReason: reason } });
  });

  it('passes over events, items and content of kinds that nobody knows', () => {
    const { events } = decode([
      { type: 'response.queued' },
      { type: 'response.web_search_call.searching', output_index: 0 },
      { type: 'something.new', output_index: 'x' },
      added(0, { type: 'web_search_call', id: 'ws_1' }),
      done(0, { type: 'web_search_call', id: 'ws_1' }),
      added(1, { type: 'message', content: [] }),
      done(1, { type: 'message', content: [{ type: 'output_hologram', hologram: 'x' }] }),
      ending('completed'),
    ]);
    expect(events).toHaveLength(1);
  });

  it('takes a stream without a terminal event for broken, whatever else it ends with', () => {
    expect(reasonThrownBy(() => decode([delta('output_text', 0, 'Hel'), '[DONE]']))).toBe(
      'PROVIDER_UNAVAILABLE',
    );
  });

  // The older form of the event, as the SDK documents it, and the one that was recorded.
  it.each([
    ['rate_limit_exceeded', { type: 'error', code: 'rate_limit_exceeded', message: 'no', param: null }],
    ['rate_limit_exceeded', { type: 'error', error: { type: 'tokens', code: 'rate_limit_exceeded' } }],
    [
      'rate_limit_exceeded',
      { type: 'response.failed', response: { error: { code: 'rate_limit_exceeded' } } },
    ],
  ])('throws for the error %s', (_code, event) => {
    expect(reasonThrownBy(() => decode([event]))).toBe('PROVIDER_RATE_LIMITED');
  });

  // By the SDK's documentation of the codes; none of them was recorded.
  it.each([
    ['server_error', 'PROVIDER_UNAVAILABLE'],
    ['invalid_prompt', 'CONTENT_BLOCKED'],
    ['bio_policy', 'CONTENT_BLOCKED'],
    ['image_content_policy_violation', 'CONTENT_BLOCKED'],
    ['image_too_large', 'PROVIDER_REJECTED_REQUEST'],
    ['failed_to_download_image', 'PROVIDER_REJECTED_REQUEST'],
  ])('says of a response that failed by %s that it is %s', (code, reason) => {
    const event = { type: 'response.failed', response: { status: 'failed', error: { code, message: 'x' } } };
    expect(reasonThrownBy(() => decode([event]))).toBe(reason);
  });

  it('throws for a response that failed without a word', () => {
    expect(reasonThrownBy(() => decode([{ type: 'response.failed', response: { error: null } }]))).toBe(
      'PROVIDER_UNAVAILABLE',
    );
  });

  it.each([
    ['an item has no index', { type: 'response.output_text.delta', delta: 'x' }],
    ['a text is none', { type: 'response.output_text.delta', output_index: 0, delta: 7 }],
    ['it ends under way', { type: 'response.completed', response: { status: 'in_progress' } }],
    ['an event has no type', { id: 'chatcmpl-1', choices: [] }],
  ])('refuses to guess where %s', (_what, event) => {
    expect(reasonThrownBy(() => decode([event, ending('completed')]))).toBe('PROVIDER_RESPONSE_INVALID');
  });
});

function decode(wire: readonly unknown[]) {
  const call = aCall();
  const decoder = createStreamDecoder({ call, provider: 'openai' });
  const events: CompletionEvent[] = [];
  for (const event of wire) {
    events.push(...decoder.decode({ data: typeof event === 'string' ? event : JSON.stringify(event) }));
    if (decoder.ended()) break;
  }
  return { events: [...events, ...decoder.end()], facts: call.facts };
}

function delta(kind: string, output_index: number, piece: string, more: object = {}) {
  return { type: `response.${kind}.delta`, output_index, delta: piece, obfuscation: 'xyz', ...more };
}

function added(output_index: number, item: object) {
  return { type: 'response.output_item.added', output_index, item };
}

function done(output_index: number, item: object) {
  return { type: 'response.output_item.done', output_index, item };
}

function ending(status: string, response: object = {}) {
  return { type: `response.${status}`, response: { status, ...response } };
}

function citation(title: string, uri: string): CompletionEvent {
  return { $case: 'part', value: { part: { $case: 'citation', value: { title, uri, text: '' } } } };
}
