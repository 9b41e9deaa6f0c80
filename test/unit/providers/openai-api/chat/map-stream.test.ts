import { describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../../src/completion/error.ts';
import type { CompletionEvent } from '../../../../../src/completion/ports/events.ts';
import type { ResponseFacts } from '../../../../../src/completion/ports/provider.ts';
import { CompleteRequest, FinishReason } from '../../../../../src/gen/sluice/v1/completion_service.ts';
import { createStreamDecoder } from '../../../../../src/providers/openai-api/chat/map-stream.ts';

const NO_SIGNATURE = Buffer.alloc(0);
const UNREPORTED = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: true,
};

describe('decoding a stream of chunks', () => {
  it('tells id and model of the response once, when they are known', () => {
    const { facts } = decode([
      { id: '', model: '', choices: [] },
      chunkOf({ content: 'a' }),
      chunkOf({ content: 'b' }),
      '[DONE]',
    ]);
    expect(facts).toEqual([{ responseId: 'chatcmpl-1', responseModel: 'gpt-4o-2024' }]);
  });

  it('keeps calls that come side by side apart, and gives an empty call an object', () => {
    const { events } = decode([
      chunkOf({ tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: '' } }] }),
      chunkOf({ tool_calls: [{ index: 1, id: 'b', function: { name: 'now', arguments: '' } }] }),
      chunkOf({ tool_calls: [{ index: 0, function: { arguments: '{"x"' } }] }),
      chunkOf({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
      chunkOf({}, 'stop'),
      '[DONE]',
    ]);
    expect(events).toEqual([
      { $case: 'toolCallStarted', value: { index: 0, id: 'a', name: 'add', signature: NO_SIGNATURE } },
      { $case: 'toolCallStarted', value: { index: 1, id: 'b', name: 'now', signature: NO_SIGNATURE } },
      { $case: 'toolCallDelta', value: { index: 0, arguments: '{"x"' } },
      { $case: 'toolCallDelta', value: { index: 0, arguments: ':1}' } },
      { $case: 'toolCallDelta', value: { index: 1, arguments: '{}' } },
      finished(FinishReason.TOOL_CALLS, 'stop'),
    ]);
  });

  it('tells calls of one index apart by their ids, and takes a repeated id for the same call', () => {
    const { events } = decode([
      chunkOf({ tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: '{' } }] }),
      chunkOf({ tool_calls: [{ index: 0, id: 'a', function: { arguments: '}' } }] }),
      chunkOf({ tool_calls: [{ index: 0, id: 'b', function: { name: 'add', arguments: '{}' } }] }),
      '[DONE]',
    ]);
    expect(events.filter(({ $case }) => $case === 'toolCallStarted')).toHaveLength(2);
    expect(events.at(-1)).toEqual(finished(FinishReason.TOOL_CALLS, ''));
  });

  it('gives a call without an id one to be quoted', () => {
    const { events } = decode([chunkOf({ tool_calls: [{ index: 0, function: { name: 'now' } }] }), '[DONE]']);
    expect(events[0]).toMatchObject({ value: { id: 'call_chatcmpl-1_0', name: 'now' } });
  });

  it('gathers a refusal into one part, and says that the model refused', () => {
    const { events } = decode([
      chunkOf({ refusal: "I'm" }),
      chunkOf({ refusal: ' sorry' }),
      chunkOf({}, 'stop'),
      '[DONE]',
    ]);
    expect(events).toEqual([
      { $case: 'part', value: { part: { $case: 'refusal', value: "I'm sorry" } } },
      finished(FinishReason.REFUSAL, 'stop'),
    ]);
  });

  it('gives citations as parts', () => {
    const url_citation = { start_index: 0, end_index: 3, title: 'Ruby', url: 'https://ruby-lang.org' };
    const { events } = decode([
      chunkOf({ annotations: [{ type: 'url_citation', url_citation }] }, 'stop'),
      '[DONE]',
    ]);
    const citation = { title: 'Ruby', uri: 'https://ruby-lang.org', text: '' };
    expect(events[0]).toEqual({ $case: 'part', value: { part: { $case: 'citation', value: citation } } });
  });

  it.each([
    ['behind the last choice', [chunkOf({}, 'stop'), { choices: [], usage: usageOf(5) }]],
    ['before the last choice', [{ choices: [], usage: usageOf(5) }, chunkOf({}, 'stop')]],
    ['with the last choice', [{ ...chunkOf({}, 'stop'), usage: usageOf(5) }]],
    [
      'in every chunk, growing',
      [
        { ...chunkOf({ content: '' }), usage: usageOf(1) },
        { ...chunkOf({}, 'stop'), usage: usageOf(5) },
      ],
    ],
  ])('finds the usage %s', (_where, chunks) => {
    const { events } = decode([...chunks, '[DONE]']);
    expect(events.at(-1)).toMatchObject({
      value: {
        usage: { inputTokens: 7, cacheReadTokens: 3, outputTokens: 5, reasoningTokens: 2, estimated: false },
      },
    });
  });

  it('looks at the first choice only', () => {
    const second = {
      ...chunkOf({}),
      choices: [{ index: 1, delta: { content: 'no' }, finish_reason: 'length' }],
    };
    const { events } = decode([chunkOf({ content: 'yes' }, 'stop'), second, '[DONE]']);
    expect(events).toEqual([
      { $case: 'textDelta', value: { text: 'yes' } },
      finished(FinishReason.STOP, 'stop'),
    ]);
  });

  it.each([
    ['stop', FinishReason.STOP],
    ['length', FinishReason.LENGTH],
    ['content_filter', FinishReason.CONTENT_FILTER],
    ['tool_calls', FinishReason.TOOL_CALLS],
    ['a_new_word', FinishReason.OTHER],
  ])('maps the finish reason "%s" and keeps the word', (word, reason) => {
    expect(decode([chunkOf({ content: 'x' }, word), '[DONE]']).events.at(-1)).toEqual(finished(reason, word));
  });

  it('finishes without [DONE] once a finish reason was said', () => {
    expect(decode([chunkOf({ content: 'x' }, 'stop')]).events.at(-1)).toEqual(
      finished(FinishReason.STOP, 'stop'),
    );
  });

  it('takes a stream that ends with neither for broken', () => {
    expect(reasonThrownBy(() => decode([chunkOf({ content: 'x' })]))).toBe('PROVIDER_UNAVAILABLE');
  });

  it('takes [DONE] with nothing before it for no answer', () => {
    expect(reasonThrownBy(() => decode(['[DONE]']))).toBe('PROVIDER_RESPONSE_INVALID');
  });

  it('throws for an error although chunks and [DONE] follow it', () => {
    const error = { message: 'no', type: 'invalid_request_error', code: null };
    expect(
      reasonThrownBy(() =>
        decode([chunkOf({ content: 'x' }), { error, obfuscation: 'x' }, chunkOf({}), '[DONE]']),
      ),
    ).toBe('PROVIDER_REJECTED_REQUEST');
  });

  it.each([
    ['choices', { choices: {} }],
    ['delta', { choices: [{ index: 0, delta: 'x' }] }],
    ['content', { choices: [{ index: 0, delta: { content: 7 } }] }],
    ['usage', { choices: [], usage: { prompt_tokens: 'many' } }],
  ])('refuses to guess where %s has another type', (_what, chunk) => {
    expect(reasonThrownBy(() => decode([chunk, chunkOf({}, 'stop'), '[DONE]']))).toBe(
      'PROVIDER_RESPONSE_INVALID',
    );
  });
});

function decode(chunks: readonly unknown[]): { events: CompletionEvent[]; facts: ResponseFacts[] } {
  const facts: ResponseFacts[] = [];
  const call = {
    model: 'gpt-4o',
    request: CompleteRequest.fromPartial({}),
    options: undefined,
    defaultMaxOutputTokens: 1,
    signal: new AbortController().signal,
    report: (told: ResponseFacts) => void facts.push(told),
  };
  const decoder = createStreamDecoder({ call, provider: 'openai' });
  const events = chunks.flatMap((chunk) =>
    decoder.decode({ data: typeof chunk === 'string' ? chunk : JSON.stringify(chunk) }),
  );
  return { events: [...events, ...decoder.end()], facts };
}

function chunkOf(delta: object, finish_reason: string | null = null) {
  return {
    id: 'chatcmpl-1',
    model: 'gpt-4o-2024',
    choices: [{ index: 0, delta, finish_reason }],
    usage: null,
  };
}

function usageOf(completion_tokens: number) {
  return {
    prompt_tokens: 7,
    completion_tokens,
    prompt_tokens_details: { cached_tokens: 3 },
    completion_tokens_details: { reasoning_tokens: 2 },
  };
}

function finished(finishReason: FinishReason, providerFinishReason: string): CompletionEvent {
  return { $case: 'finished', value: { finishReason, providerFinishReason, usage: UNREPORTED } };
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
