import { describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import { createFold } from '../../../../src/completion/fold.ts';
import type { CompletionEvent } from '../../../../src/completion/ports/events.ts';
import { unfold } from '../../../../src/completion/unfold.ts';
import { FinishReason } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { Role } from '../../../../src/gen/sluice/v1/message.ts';
import { mapAnswer } from '../../../../src/providers/anthropic/map-answer.ts';
import { mapMessages } from '../../../../src/providers/anthropic/map-messages.ts';
import { createStreamDecoder } from '../../../../src/providers/anthropic/map-stream.ts';
import { aCall } from './a-call.ts';

const NO_SIGNATURE = Buffer.alloc(0);
const began = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    model: 'claude-sonnet-4-5-20250929',
    usage: {
      input_tokens: 3,
      cache_creation_input_tokens: 20,
      cache_read_input_tokens: 100,
      output_tokens: 2,
    },
  },
};
const stop = (stop_reason: string, usage: object = { output_tokens: 50 }) => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null },
  usage,
});
const END = { type: 'message_stop' };

describe('decoding a stream of message events', () => {
  it('tells id and model of the response, and takes pings and what it does not know for signs of life', () => {
    const call = aCall();
    const decoder = createStreamDecoder({ call, provider: 'anthropic' });
    const events = [began, { type: 'ping' }, { type: 'event_of_tomorrow', index: 'x' }].map((event) =>
      decoder.decode({ data: JSON.stringify(event) }),
    );
    expect(events).toEqual([[], [], []]);
    expect(call.facts).toMatchObject({ responseId: 'msg_1', responseModel: 'claude-sonnet-4-5-20250929' });
  });

  it('replaces the first account of usage by the final one, as far as that goes', () => {
    const final = { input_tokens: null, output_tokens: 50, output_tokens_details: { thinking_tokens: 30 } };
    expect(decode(began, stop('end_turn', final), END).at(-1)).toEqual(
      finished(FinishReason.STOP, 'end_turn', {
        inputTokens: 123,
        cacheReadTokens: 100,
        cacheWriteTokens: 20,
        outputTokens: 50,
        reasoningTokens: 30,
        estimated: false,
      }),
    );
  });

  it('calls usage without a final account estimated', () => {
    const events = decode(began, { type: 'message_delta', delta: { stop_reason: 'end_turn' } }, END);
    expect(events.at(-1)).toMatchObject({ value: { usage: { inputTokens: 123, estimated: true } } });
  });

  it('adds up what several events say of the end', () => {
    const more = { type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 60 } };
    const end = decode(began, stop('max_tokens', { input_tokens: 4, output_tokens: 50 }), more, END).at(-1);
    expect(end).toMatchObject({
      value: { finishReason: FinishReason.LENGTH, usage: { inputTokens: 124, outputTokens: 60 } },
    });
  });

  it.each([
    ['no input', { output_tokens: 5 }],
    ['no output', { input_tokens: 5 }],
    ['nothing', {}],
  ])('calls usage that tells of %s estimated', (_, usage) => {
    const start = { type: 'message_start', message: { id: 'msg_1' } };
    expect(decode(start, stop('end_turn', usage), END).at(-1)).toMatchObject({
      value: { usage: { estimated: true } },
    });
  });

  it('numbers tool calls by themselves, and gives a call without arguments an empty object', () => {
    const events = decode(
      began,
      ...block(0, { type: 'text', text: '' }, { type: 'text_delta', text: 'Well' }),
      ...block(1, { type: 'tool_use', id: 'a', name: 'now', input: {} }),
      ...block(2, { type: 'tool_use', id: 'b', name: 'add', input: {} }, json(''), json('{"x"'), json(':1}')),
      ...block(3, { type: 'tool_use', id: 'c', name: 'add', input: { x: 2 } }),
      stop('tool_use'),
      END,
    );
    expect(events.slice(1, -1)).toEqual([
      { $case: 'toolCallStarted', value: { index: 0, id: 'a', name: 'now', signature: NO_SIGNATURE } },
      { $case: 'toolCallDelta', value: { index: 0, arguments: '{}' } },
      { $case: 'toolCallStarted', value: { index: 1, id: 'b', name: 'add', signature: NO_SIGNATURE } },
      { $case: 'toolCallDelta', value: { index: 1, arguments: '{"x"' } },
      { $case: 'toolCallDelta', value: { index: 1, arguments: ':1}' } },
      { $case: 'toolCallStarted', value: { index: 2, id: 'c', name: 'add', signature: NO_SIGNATURE } },
      { $case: 'toolCallDelta', value: { index: 2, arguments: '{"x":2}' } },
    ]);
  });

  it("passes over the provider's own tools and blocks of kinds that it does not know", () => {
    const events = decode(
      began,
      ...block(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }, json('{"query":"x"}')),
      ...block(1, { type: 'web_search_tool_result', content: [] }),
      ...block(2, { type: 'block_of_tomorrow' }, { type: 'text_delta', text: 'no' }),
      stop('pause_turn'),
      END,
    );
    expect(events).toMatchObject([{ value: { finishReason: FinishReason.OTHER } }]);
  });

  it('closes blocks that the provider left open', () => {
    const open = { type: 'content_block_start', index: 0 };
    const events = decode(began, { ...open, content_block: { type: 'tool_use' } }, stop('tool_use'), END);
    expect(events.map(({ $case }) => $case)).toEqual(['toolCallStarted', 'toolCallDelta', 'finished']);
  });

  it.each([
    ['end_turn', FinishReason.STOP],
    ['stop_sequence', FinishReason.STOP_SEQUENCE],
    ['max_tokens', FinishReason.LENGTH],
    ['model_context_window_exceeded', FinishReason.LENGTH],
    ['tool_use', FinishReason.TOOL_CALLS],
    ['refusal', FinishReason.REFUSAL],
    ['a_new_word', FinishReason.OTHER],
  ])('maps the stop reason "%s" and keeps the word', (word, finishReason) => {
    expect(decode(began, stop(word), END).at(-1)).toMatchObject({
      value: { finishReason, providerFinishReason: word },
    });
  });

  it('takes a stream that lacks nothing but its end mark for whole', () => {
    expect(decode(began, stop('end_turn', { output_tokens: 5 }))).toMatchObject([
      {
        value: {
          finishReason: FinishReason.STOP,
          usage: { inputTokens: 123, outputTokens: 5, estimated: false },
        },
      },
    ]);
  });

  it.each([
    ['without its end', [began], 'PROVIDER_UNAVAILABLE'],
    ['without a reason', [began, END], 'PROVIDER_RESPONSE_INVALID'],
    [
      'with a block that never began',
      [began, { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x' } }],
      'PROVIDER_RESPONSE_INVALID',
    ],
    ['with a block of no index', [began, { type: 'content_block_start' }], 'PROVIDER_RESPONSE_INVALID'],
    [
      'with an error',
      [began, { type: 'error', error: { type: 'rate_limit_error' } }],
      'PROVIDER_RATE_LIMITED',
    ],
  ])('takes a stream %s for a failure', (_what, events, reason) => {
    expect(reasonThrownBy(() => decode(...events))).toBe(reason);
  });
});

describe('an answer of every kind of block', () => {
  const citation = {
    type: 'page_location',
    cited_text: 'Blue.',
    document_title: 'Sky',
    start_page_number: 1,
  };
  const found = { type: 'web_search_result_location', cited_text: 'Red.', title: 'Sun', url: 'https://sun' };
  const message = {
    ...began.message,
    type: 'message',
    content: [
      { type: 'thinking', thinking: 'Two sources.', signature: 'EqQB+/==' },
      { type: 'redacted_thinking', data: 'encrypted==' },
      { type: 'thinking', thinking: '', signature: 'omitted==' },
      { type: 'text', text: 'The sky is ' },
      { type: 'text', text: 'blue', citations: [citation, found] },
      { type: 'text', text: '.', citations: null },
      { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
      { type: 'tool_use', id: 'a', name: 'add', input: { b: 1, a: 2 } },
    ],
    stop_reason: 'refusal',
    stop_details: { type: 'refusal', category: 'bio', explanation: 'It may do harm.' },
    usage: { ...began.message.usage, output_tokens: 50 },
  };
  const stream = [
    began,
    ...block(
      0,
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'thinking_delta', thinking: 'Two ' },
      { type: 'thinking_delta', thinking: 'sources.' },
      { type: 'thinking_delta', thinking: '' },
      { type: 'signature_delta', signature: 'EqQB+/==' },
    ),
    ...block(1, { type: 'redacted_thinking', data: 'encrypted==' }),
    ...block(2, { type: 'thinking', thinking: '' }, { type: 'signature_delta', signature: 'omitted==' }),
    ...block(3, { type: 'text', text: 'The ' }, { type: 'text_delta', text: 'sky is ' }),
    ...block(
      4,
      { type: 'text', text: '', citations: [] },
      { type: 'citations_delta', citation },
      { type: 'text_delta', text: 'bl' },
      { type: 'citations_delta', citation: found },
      { type: 'text_delta', text: 'ue' },
    ),
    ...block(5, { type: 'text', text: '' }, { type: 'text_delta', text: '.' }),
    ...block(6, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }, json('{}')),
    ...block(7, { type: 'tool_use', id: 'a', name: 'add', input: {} }, json('{"b":1,'), json('"a":2}')),
    { ...stop('refusal'), delta: { stop_reason: 'refusal', stop_details: message.stop_details } },
    END,
  ];
  const whole = mapAnswer(message, { call: aCall(), provider: 'anthropic', warnings: [] });

  it('is the same whole and streamed', () => {
    expect(folded(decode(...stream))).toEqual(folded(unfold(whole)));
  });

  it('has its parts in the order in which they were said, citations behind their text', () => {
    const signed = (text: string, signature: string, redacted: boolean) => ({
      part: { $case: 'reasoning', value: { text, signature: Buffer.from(signature), redacted } },
    });
    expect(whole.message).toEqual({
      role: Role.ASSISTANT,
      name: '',
      parts: [
        signed('Two sources.', 'EqQB+/==', false),
        signed('', 'encrypted==', true),
        signed('', 'omitted==', false),
        { part: { $case: 'text', value: 'The sky is ' } },
        { part: { $case: 'text', value: 'blue' } },
        { part: { $case: 'citation', value: { title: 'Sky', uri: '', text: 'Blue.' } } },
        { part: { $case: 'citation', value: { title: 'Sun', uri: 'https://sun', text: 'Red.' } } },
        { part: { $case: 'text', value: '.' } },
        {
          part: {
            $case: 'toolCall',
            value: { id: 'a', name: 'add', arguments: '{"b":1,"a":2}', signature: NO_SIGNATURE },
          },
        },
        { part: { $case: 'refusal', value: 'It may do harm.' } },
      ],
    });
  });

  it.each([
    ['whole', folded(unfold(whole))],
    ['streamed', folded(decode(...stream))],
  ])('goes back, %s, with its reasoning and its calls unchanged', (_how, answer) => {
    const [turn] = mapMessages(answer.message ? [answer.message] : []);
    expect(turn?.content.filter(({ type }) => type !== 'text')).toEqual([
      message.content[0],
      message.content[1],
      message.content[2],
      message.content[7],
    ]);
  });

  it.each([
    ['content', { content: undefined }],
    ['stop_reason', { stop_reason: null }],
  ])('is no answer without %s', (_what, lacking) => {
    const act = () =>
      mapAnswer({ ...message, ...lacking }, { call: aCall(), provider: 'anthropic', warnings: [] });
    expect(reasonThrownBy(act)).toBe('PROVIDER_RESPONSE_INVALID');
  });

  // Seen of no vendor, but of proxies that translate to this API.
  it('takes arguments of a call that come as a text', () => {
    const content = [{ type: 'tool_use', id: 'a', name: 'add', input: '{"b":1}' }];
    const { message: said } = mapAnswer(
      { ...message, content },
      { call: aCall(), provider: 'anthropic', warnings: [] },
    );
    expect(said.parts[0]?.part).toMatchObject({ value: { arguments: '{"b":1}' } });
  });

  it('has unreported usage where the provider told none', () => {
    const { usage } = mapAnswer(
      { ...message, usage: undefined },
      { call: aCall(), provider: 'anthropic', warnings: [] },
    );
    expect(usage).toMatchObject({ inputTokens: 0, outputTokens: 0, estimated: true });
  });
});

function decode(...events: object[]): CompletionEvent[] {
  const decoder = createStreamDecoder({ call: aCall(), provider: 'anthropic' });
  const decoded = events.flatMap((event) => decoder.decode({ data: JSON.stringify(event) }));
  return [...decoded, ...decoder.end()];
}

function block(index: number, content_block: object, ...deltas: object[]): object[] {
  return [
    { type: 'content_block_start', index, content_block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

function json(partial_json: string) {
  return { type: 'input_json_delta', partial_json };
}

function folded(events: readonly CompletionEvent[]) {
  const fold = createFold();
  fold.add(events);
  return fold.answer();
}

function finished(finishReason: FinishReason, providerFinishReason: string, usage: object): object {
  return { $case: 'finished', value: { finishReason, providerFinishReason, usage } };
}

function reasonThrownBy(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return reasonName(error.reason);
    throw error;
  }
  return 'nothing was thrown';
}
