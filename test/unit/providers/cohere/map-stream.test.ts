import { describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import { createFold } from '../../../../src/completion/fold.ts';
import type { CompletionEvent } from '../../../../src/completion/ports/events.ts';
import { unfold } from '../../../../src/completion/unfold.ts';
import { FinishReason } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { type Message, Role } from '../../../../src/gen/sluice/v1/message.ts';
import { mapAnswer } from '../../../../src/providers/cohere/map-answer.ts';
import { createStreamDecoder } from '../../../../src/providers/cohere/map-stream.ts';
import { aCall, message, text, written } from './a-call.ts';

const NO_SIGNATURE = Buffer.alloc(0);
const BEGAN = {
  type: 'message-start',
  id: 'id-1',
  delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
};
const USAGE = { billed_units: { input_tokens: 3 }, tokens: { input_tokens: 500, output_tokens: 20 } };
const said = (type: string, index: number, message: object) => ({ type, index, delta: { message } });
const end = (finish_reason: unknown, rest: object = { usage: USAGE }) => ({
  type: 'message-end',
  delta: { finish_reason, ...rest },
});

describe('decoding a stream of chat events', () => {
  it('tells the id of the response, and takes what it does not know for signs of life', () => {
    const call = aCall();
    const decoder = createStreamDecoder({ call, provider: 'cohere' });
    const events = [
      BEGAN,
      { type: 'debug', prompt: 'x' },
      said('content-start', 0, { content: { type: 'kind-of-tomorrow', shape: 'round' } }),
      { type: 'content-end', index: 0 },
      { type: 'event-of-tomorrow', index: 'x', message: {} },
    ].map((event) => decoder.decode({ data: JSON.stringify(event) }));
    expect(events).toEqual([[], [], [], [], []]);
    expect(call.facts).toEqual({ responseId: 'id-1' });
  });

  it('brings thinking, the plan and text as they come', () => {
    const events = decode(
      BEGAN,
      said('content-start', 0, { content: { type: 'thinking', thinking: 'Hm' } }),
      said('content-delta', 0, { content: { thinking: '.' } }),
      { type: 'tool-plan-delta', delta: { message: { tool_plan: 'I will look.' } } },
      said('content-start', 1, { content: { type: 'text', text: '' } }),
      said('content-delta', 1, { content: { text: 'Yes' } }),
      end('COMPLETE'),
    );
    expect(events.slice(0, -1)).toEqual([
      { $case: 'reasoningDelta', value: { text: 'Hm', signature: NO_SIGNATURE } },
      { $case: 'reasoningDelta', value: { text: '.', signature: NO_SIGNATURE } },
      { $case: 'textDelta', value: { text: 'I will look.' } },
      { $case: 'textDelta', value: { text: 'Yes' } },
    ]);
  });

  it('tells calls apart by their index, and gives one without arguments an empty object', () => {
    const called = (index: number, id: string, name: string, json: string) =>
      said('tool-call-start', index, {
        tool_calls: { id, type: 'function', function: { name, arguments: json } },
      });
    const more = (index: number, json: string) =>
      said('tool-call-delta', index, { tool_calls: { function: { arguments: json } } });
    const events = decode(
      BEGAN,
      called(3, 'a', 'add', ''),
      called(4, 'b', 'now', ''),
      more(3, '{"x"'),
      called(7, 'c', 'add', '{"y":2}'),
      more(3, ':1}'),
      { type: 'tool-call-end', index: 3 },
      end('TOOL_CALL'),
    );
    expect(events.slice(0, -1)).toEqual([
      { $case: 'toolCallStarted', value: { index: 0, id: 'a', name: 'add', signature: NO_SIGNATURE } },
      { $case: 'toolCallStarted', value: { index: 1, id: 'b', name: 'now', signature: NO_SIGNATURE } },
      { $case: 'toolCallDelta', value: { index: 0, arguments: '{"x"' } },
      { $case: 'toolCallStarted', value: { index: 2, id: 'c', name: 'add', signature: NO_SIGNATURE } },
      { $case: 'toolCallDelta', value: { index: 2, arguments: '{"y":2}' } },
      { $case: 'toolCallDelta', value: { index: 0, arguments: ':1}' } },
      { $case: 'toolCallDelta', value: { index: 1, arguments: '{}' } },
    ]);
  });

  it('brings citations behind the text, one for each source', () => {
    const sources = [
      {
        type: 'document',
        id: 'doc:0',
        document: { title: 'Penguins', url: 'https://x', snippet: 'They swim.' },
      },
      { type: 'tool', id: 'call:0', tool_output: { output: '5', title: 7 } },
      { type: 'kind-of-tomorrow' },
    ];
    const events = decode(
      BEGAN,
      said('citation-start', 0, { citations: { start: 0, end: 3, text: 'Yes', sources } }),
      { type: 'citation-end', index: 0 },
      said('citation-start', 1, { citations: { start: 0, end: 3, text: 'Yes' } }),
      said('content-delta', 0, { content: { text: 'Yes' } }),
      end('COMPLETE'),
    );
    const citation = (title: string, uri: string) => ({
      $case: 'part',
      value: { part: { $case: 'citation', value: { title, uri, text: 'Yes' } } },
    });
    expect(events.slice(1, -1)).toEqual([
      citation('Penguins', 'https://x'),
      citation('call:0', ''),
      citation('', ''),
    ]);
  });

  it.each([
    ['COMPLETE', FinishReason.STOP],
    ['STOP_SEQUENCE', FinishReason.STOP_SEQUENCE],
    ['MAX_TOKENS', FinishReason.LENGTH],
    ['TOOL_CALL', FinishReason.TOOL_CALLS],
    ['A_WORD_OF_TOMORROW', FinishReason.OTHER],
  ])('maps the finish reason %s and keeps the word', (word, finishReason) => {
    expect(decode(BEGAN, end(word)).at(-1)).toMatchObject({
      value: { finishReason, providerFinishReason: word },
    });
  });

  it.each([
    [USAGE, [500, 0, 20, 0, false]],
    [
      { tokens: { input_tokens: 500, output_tokens: 20, reasoning_tokens: 12 }, cached_tokens: 480 },
      [500, 480, 20, 12, false],
    ],
    // Never seen: what is a part of the input cannot be more than it.
    [{ tokens: { input_tokens: 5, output_tokens: 20 }, cached_tokens: 6 }, [5, 5, 20, 0, false]],
    [{ tokens: { output_tokens: 20 } }, [0, 0, 20, 0, true]],
    [{ billed_units: { input_tokens: 3, output_tokens: 1 } }, [0, 0, 0, 0, true]],
    [{}, [0, 0, 0, 0, true]],
    [undefined, [0, 0, 0, 0, true]],
  ])(
    'reads the usage %j',
    (usage, [inputTokens, cacheReadTokens, outputTokens, reasoningTokens, estimated]) => {
      expect(decode(BEGAN, end('COMPLETE', { usage })).at(-1)).toMatchObject({
        value: {
          usage: {
            inputTokens,
            cacheReadTokens,
            cacheWriteTokens: 0,
            outputTokens,
            reasoningTokens,
            estimated,
          },
        },
      });
    },
  );

  it.each([
    ['without its end mark', [BEGAN, '[DONE]'], 'PROVIDER_UNAVAILABLE'],
    ['without a reason', [BEGAN, end(undefined)], 'PROVIDER_RESPONSE_INVALID'],
    ['with an error', [BEGAN, end('ERROR', { usage: {}, error: 'internal error' })], 'PROVIDER_UNAVAILABLE'],
    // Documented only.
    ['by its own time limit', [BEGAN, end('TIMEOUT')], 'PROVIDER_TIMEOUT'],
    [
      'with an error instead of an event',
      [BEGAN, { id: 'x', message: 'too many tokens' }],
      'CONTEXT_LENGTH_EXCEEDED',
    ],
    ['in a call that was not begun', [said('tool-call-delta', 0, {})], 'PROVIDER_RESPONSE_INVALID'],
    ['in a call without an index', [{ type: 'tool-call-start' }], 'PROVIDER_RESPONSE_INVALID'],
    ['in a content that is a list', [said('content-delta', 0, { content: [] })], 'PROVIDER_RESPONSE_INVALID'],
  ])('does not take a stream for an answer that ends %s', (_, events, reason) => {
    expect(() => decode(...events)).toThrow(expect.objectContaining({ name: 'GatewayError' }));
    expect(reasonOf(() => decode(...events))).toBe(reason);
  });
});

describe('reading a whole answer', () => {
  it.each([
    ['no message', { finish_reason: 'COMPLETE' }, 'PROVIDER_RESPONSE_INVALID'],
    ['no reason', { message: { content: [] } }, 'PROVIDER_RESPONSE_INVALID'],
    [
      'content that is no list',
      { message: { content: {} }, finish_reason: 'COMPLETE' },
      'PROVIDER_RESPONSE_INVALID',
    ],
    ['an error', { message: { content: [] }, finish_reason: 'ERROR' }, 'PROVIDER_UNAVAILABLE'],
    ['a time limit', { message: { content: [] }, finish_reason: 'TIMEOUT' }, 'PROVIDER_TIMEOUT'],
    ['a text for a message', { id: 'x', message: 'internal server error' }, 'PROVIDER_UNAVAILABLE'],
  ])('does not take for an answer what has %s', (_, answer, reason) => {
    expect(reasonOf(() => read(answer))).toBe(reason);
  });

  it('may be of nothing', () => {
    const { message, finishReason } = read({ message: { role: 'assistant' }, finish_reason: 'MAX_TOKENS' });
    expect([message.parts, finishReason]).toEqual([[], FinishReason.LENGTH]);
  });
});

describe('an answer that is sent back', () => {
  const call = (id: string, name: string, json: string) => ({
    id,
    type: 'function',
    function: { name, arguments: json },
  });
  const thought = { type: 'thinking', thinking: 'Hm.' };

  it.each([
    [
      'a plan and calls',
      { tool_plan: 'I will add.', tool_calls: [call('a', 'add', '{"x":1}'), call('b', 'now', '{}')] },
    ],
    [
      'thinking and calls',
      { content: [thought], tool_calls: [call('a', 'add', '{"x": 12345678901234567890}')] },
    ],
    [
      'thinking, a plan and calls',
      { content: [thought], tool_plan: 'I will.', tool_calls: [call('a', 'add', '{}')] },
    ],
    ['thinking and text', { content: [thought, { type: 'text', text: 'Yes.' }] }],
  ])('keeps %s, twice over', (_, answered) => {
    const sent = { role: 'assistant', ...answered };
    const first = read({ message: sent, finish_reason: 'COMPLETE' }).message;
    expect(sentBack(first)).toEqual(sent);
    const second = read({ message: sentBack(first), finish_reason: 'COMPLETE' }).message;
    expect(second).toEqual(first);
    expect(sentBack(second)).toEqual(sent);
  });

  it('is the same whether it came whole or in pieces', () => {
    const fold = createFold();
    fold.add(
      decode(
        BEGAN,
        said('content-start', 0, { content: { type: 'thinking', thinking: '' } }),
        said('content-delta', 0, { content: { thinking: 'Hm.' } }),
        { type: 'tool-plan-delta', delta: { message: { tool_plan: 'I ' } } },
        { type: 'tool-plan-delta', delta: { message: { tool_plan: 'will.' } } },
        said('tool-call-start', 0, { tool_calls: call('a', 'add', '') }),
        said('tool-call-delta', 0, { tool_calls: { function: { arguments: '{"x":1}' } } }),
        end('TOOL_CALL'),
      ),
    );
    const whole = createFold();
    const answered = { content: [thought], tool_plan: 'I will.', tool_calls: [call('a', 'add', '{"x":1}')] };
    whole.add(unfold(read({ message: answered, finish_reason: 'TOOL_CALL', usage: USAGE })));
    expect(fold.answer()).toEqual(whole.answer());
  });

  function sentBack(answer: Message): unknown {
    const { body } = written({ messages: [answer, message(Role.USER, text('Go on.'))] });
    return body.messages[0];
  }
});

function decode(...events: (object | string)[]): CompletionEvent[] {
  const decoder = createStreamDecoder({ call: aCall(), provider: 'cohere' });
  const decoded: CompletionEvent[] = [];
  for (const event of events) {
    decoded.push(...decoder.decode({ data: typeof event === 'string' ? event : JSON.stringify(event) }));
  }
  return [...decoded, ...decoder.end()];
}

function read(answer: object) {
  return mapAnswer({ ...answer }, { call: aCall(), provider: 'cohere', warnings: [] });
}

function reasonOf(act: () => unknown): string {
  try {
    act();
    return 'none';
  } catch (error) {
    return error instanceof GatewayError ? reasonName(error.reason) : String(error);
  }
}
