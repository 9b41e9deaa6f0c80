import { describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import { createFold } from '../../../../src/completion/fold.ts';
import { unfold } from '../../../../src/completion/unfold.ts';
import { FinishReason } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { mapAnswer } from '../../../../src/providers/bedrock/map-answer.ts';
import { createStreamDecoder } from '../../../../src/providers/bedrock/map-stream.ts';
import { reasoning, text, toolCall } from './a-call.ts';

type Event = [name: string, data: object];

const usage = {
  inputTokens: 3,
  outputTokens: 2,
  totalTokens: 5,
  cacheReadInputTokens: 10,
  cacheWriteInputTokens: 20,
};
const stop = (stopReason = 'end_turn'): Event[] => [
  ['messageStop', { stopReason }],
  ['metadata', { usage, metrics: { latencyMs: 1 } }],
];
const delta = (contentBlockIndex: number, said: object): Event => [
  'contentBlockDelta',
  { contentBlockIndex, delta: said },
];
const start = (contentBlockIndex: number, said: object): Event => [
  'contentBlockStart',
  { contentBlockIndex, start: said },
];
const end = (contentBlockIndex: number): Event => ['contentBlockStop', { contentBlockIndex }];
const tool = { toolUse: { toolUseId: 'c1', name: 'weather' } };

function folded(events: readonly Event[]) {
  const decoder = createStreamDecoder({ provider: 'bedrock' });
  const fold = createFold();
  for (const [event, data] of events) {
    fold.add(decoder.decode({ event, data: JSON.stringify(data) }));
    if (decoder.ended()) break;
  }
  fold.add(decoder.end());
  return fold.answer();
}

function failure(events: readonly Event[]): string {
  try {
    folded(events);
  } catch (error) {
    return error instanceof GatewayError ? reasonName(error.reason) : String(error);
  }
  return 'none';
}

describe('a stream of Converse', () => {
  it('says texts and reasoning, closed by its signature, with usage that counts cached input in', () => {
    const answer = folded([
      ['messageStart', { role: 'assistant' }],
      delta(0, { reasoningContent: { text: 'H' } }),
      delta(0, { reasoningContent: { text: 'm.' } }),
      delta(0, { reasoningContent: { signature: 'sig==' } }),
      end(0),
      delta(1, { text: '' }),
      delta(1, { text: 'Hel' }),
      delta(1, { text: 'lo' }),
      end(1),
      ...stop(),
    ]);
    expect(answer.message?.parts).toEqual([reasoning('Hm.', 'sig=='), text('Hello')]);
    expect(answer).toMatchObject({
      finishReason: FinishReason.STOP,
      providerFinishReason: 'end_turn',
      usage: {
        inputTokens: 33,
        cacheReadTokens: 10,
        cacheWriteTokens: 20,
        outputTokens: 2,
        estimated: false,
      },
    });
  });

  it('puts encrypted reasoning together, whatever pieces it comes in', () => {
    const { message } = folded([
      delta(0, { reasoningContent: { redactedContent: Buffer.from('se').toString('base64') } }),
      delta(0, { reasoningContent: { redactedContent: Buffer.from('cret').toString('base64') } }),
      end(0),
      ...stop(),
    ]);
    expect(message?.parts).toEqual([reasoning('', 'secret', true)]);
  });

  it('says tool calls that interleave, and an empty object for one without arguments', () => {
    const { message, finishReason } = folded([
      start(0, tool),
      start(1, { toolUse: { toolUseId: 'c2', name: 'now' } }),
      delta(0, { toolUse: { input: '{"city":' } }),
      delta(1, { toolUse: { input: '' } }),
      delta(0, { toolUse: { input: '"Rome"}' } }),
      end(1),
      end(0),
      ...stop('tool_use'),
    ]);
    expect(message?.parts).toEqual([
      toolCall('c1', 'weather', '{"city":"Rome"}'),
      toolCall('c2', 'now', '{}'),
    ]);
    expect(finishReason).toBe(FinishReason.TOOL_CALLS);
  });

  // Seen by others: strands-agents/harness-sdk#767, strands-rl/strands-env#252.
  it('tells tool calls by the calls, not by the stop reason', () => {
    expect(folded([start(0, tool), end(0), ...stop('end_turn')]).finishReason).toBe(FinishReason.TOOL_CALLS);
    expect(folded([delta(0, { text: 'x' }), ...stop('tool_use')]).finishReason).toBe(FinishReason.STOP);
  });

  it('puts citations behind the text that they belong to', () => {
    const citation = {
      title: 'T',
      source: 'S',
      sourceContent: [{ text: 'a' }, { text: 'b' }],
      location: { web: { url: 'https://x', domain: 'x' } },
    };
    const { message } = folded([delta(0, { citation }), delta(0, { text: 'Says ab.' }), end(0), ...stop()]);
    expect(message?.parts).toEqual([
      text('Says ab.'),
      { part: { $case: 'citation', value: { title: 'T', uri: 'https://x', text: 'ab' } } },
    ]);
  });

  it("passes over tools of the provider's own, and events, blocks, deltas and members that are not known", () => {
    const { message } = folded([
      ['somethingNew', { x: 1 }],
      start(0, { toolUse: { toolUseId: 's', name: 'nova_grounding', type: 'server_tool_use' } }),
      delta(0, { toolUse: { input: '{}' } }),
      end(0),
      start(1, { toolResult: { toolUseId: 's', status: 'success' } }),
      delta(1, { toolResult: [{ json: {} }] }),
      end(1),
      start(2, { hologram: {} }),
      delta(2, { hologram: 'x' }),
      end(2),
      delta(3, { thought: { x: 1 } }),
      start(4, {}),
      delta(4, { text: 'Hello', p: 'abc' }),
      ...stop(),
    ]);
    expect(message?.parts).toEqual([text('Hello')]);
  });

  it('hands over a picture that the model made', () => {
    const { message } = folded([
      start(0, { image: { format: 'png' } }),
      delta(0, { image: { source: { bytes: 'iVBO' } } }),
      delta(0, { image: { source: { bytes: 'Rw==' } } }),
      end(0),
      ...stop(),
    ]);
    const value = {
      mediaType: 'image/png',
      source: { $case: 'data', value: Buffer.from('iVBORw==', 'base64') },
      name: '',
    };
    expect(message?.parts).toEqual([{ part: { $case: 'image', value } }]);
  });

  it('has come to its end with metadata, and not before', () => {
    const decoder = createStreamDecoder({ provider: 'bedrock' });
    decoder.decode({ event: 'messageStop', data: '{"stopReason":"end_turn"}' });
    expect(decoder.ended()).toBe(false);
    decoder.decode({ event: 'metadata', data: '{"usage":{}}' });
    expect(decoder.ended()).toBe(true);
  });

  it.each([[{}], [{ inputTokens: 3 }], [{ outputTokens: 2 }]])('calls the usage %j estimated', (usage) => {
    const said: Event[] = [
      ['messageStop', { stopReason: 'end_turn' }],
      ['metadata', { usage }],
    ];
    expect(folded(said).usage).toMatchObject({ estimated: true });
  });

  it('is whole without metadata, but for its usage, once the model has stopped', () => {
    const answer = folded([delta(0, { text: 'Hello' }), ['messageStop', { stopReason: 'end_turn' }]]);
    expect(answer).toMatchObject({
      finishReason: FinishReason.STOP,
      usage: { estimated: true, inputTokens: 0 },
    });
  });

  it.each<[string, Event[], string]>([
    ['before the model has stopped', [delta(0, { text: 'x' }), end(0)], 'PROVIDER_UNAVAILABLE'],
    ['with metadata alone', [['metadata', { usage }]], 'PROVIDER_UNAVAILABLE'],
    ['without a stop reason', [['messageStop', {}]], 'PROVIDER_RESPONSE_INVALID'],
    ['after a call that was not begun', [delta(0, { toolUse: { input: '{' } })], 'PROVIDER_RESPONSE_INVALID'],
    [
      'after a block without index',
      [['contentBlockDelta', { delta: { text: 'x' } }]],
      'PROVIDER_RESPONSE_INVALID',
    ],
    ['after a text that is none', [delta(0, { text: 7 })], 'PROVIDER_RESPONSE_INVALID'],
  ])('is no success when it ends %s', (_when, events, reason) => {
    expect(failure(events)).toBe(reason);
  });

  it.each([
    ['stop_sequence', FinishReason.STOP_SEQUENCE],
    ['max_tokens', FinishReason.LENGTH],
    ['model_context_window_exceeded', FinishReason.LENGTH],
    ['guardrail_intervened', FinishReason.CONTENT_FILTER],
    ['content_filtered', FinishReason.CONTENT_FILTER],
    ['refusal', FinishReason.REFUSAL],
    ['malformed_tool_use', FinishReason.OTHER],
    ['malformed_model_output', FinishReason.OTHER],
    ['something_new', FinishReason.OTHER],
  ])("that stops for %s says so in the contract's words and in its own", (stopReason, finishReason) => {
    expect(folded(stop(stopReason))).toMatchObject({ finishReason, providerFinishReason: stopReason });
  });
});

describe('a whole answer of Converse', () => {
  it('says the same as the stream, in the same order', () => {
    const content = [
      { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'sig==' } } },
      { reasoningContent: { redactedContent: 'c2VjcmV0' } },
      { text: 'Hello' },
      { toolUse: { toolUseId: 's', name: 'own', input: {}, type: 'server_tool_use' } },
      { toolResult: { toolUseId: 's', content: [], status: 'success' } },
      {
        citationsContent: {
          content: [{ text: ' there' }],
          citations: [{ title: 'T', sourceContent: [{ text: 'q' }] }],
        },
      },
      { toolUse: { toolUseId: 'c1', name: 'weather', input: { z: 1, a: 2 } } },
      { hologram: 7 },
    ];
    const whole = mapAnswer(
      { output: { message: { role: 'assistant', content } }, stopReason: 'tool_use', usage },
      {
        provider: 'bedrock',
        warnings: [],
      },
    );
    const fold = createFold();
    fold.add(unfold(whole));
    const streamed = folded([
      delta(0, { reasoningContent: { text: 'Hm.' } }),
      delta(0, { reasoningContent: { signature: 'sig==' } }),
      end(0),
      delta(1, { reasoningContent: { redactedContent: 'c2VjcmV0' } }),
      end(1),
      delta(2, { text: 'Hello' }),
      end(2),
      delta(3, { text: ' there' }),
      delta(3, { citation: { title: 'T', sourceContent: [{ text: 'q' }] } }),
      end(3),
      start(4, tool),
      delta(4, { toolUse: { input: '{"z":1,"a":2}' } }),
      end(4),
      ...stop('tool_use'),
    ]);
    expect(fold.answer()).toEqual(streamed);
  });

  it.each([
    ['content', { stopReason: 'end_turn' }],
    ['a stop reason', { output: { message: { content: [] } } }],
  ])('is not understood without %s', (_what, answer) => {
    expect(() => mapAnswer(answer, { provider: 'bedrock', warnings: [] })).toThrow('could not be understood');
  });
});
