import { describe, expect, it } from 'vitest';
import type { CompletionEvent } from '../../../../../src/completion/ports/events.ts';
import { FinishReason } from '../../../../../src/gen/sluice/v1/completion_service.ts';
import { createStreamDecoder } from '../../../../../src/providers/openai-api/completions/map-stream.ts';
import { aCall, reasonThrownBy } from '../a-call.ts';

describe('decoding a stream of text completion chunks', () => {
  it('gives texts, and usage wherever it came', () => {
    const usage = { prompt_tokens: 7, completion_tokens: 2 };
    const { events, facts } = decode([
      chunkOf('Hel'),
      chunkOf('lo'),
      { ...chunkOf('', 'length'), usage: null },
      { ...chunkOf(''), choices: [], usage },
      '[DONE]',
    ]);
    expect(events).toMatchObject([
      { $case: 'textDelta', value: { text: 'Hel' } },
      { $case: 'textDelta', value: { text: 'lo' } },
      {
        $case: 'finished',
        value: {
          finishReason: FinishReason.LENGTH,
          providerFinishReason: 'length',
          usage: { inputTokens: 7, outputTokens: 2, estimated: false },
        },
      },
    ]);
    expect(facts).toEqual([{ responseId: 'cmpl-1', responseModel: 'davinci-002' }]);
  });

  it('looks at the first choice only', () => {
    const second = { choices: [{ index: 1, text: 'no', finish_reason: 'length' }] };
    const { events } = decode([second, chunkOf('yes', 'stop'), second, '[DONE]']);
    expect(events).toMatchObject([
      { value: { text: 'yes' } },
      { value: { finishReason: FinishReason.STOP, usage: { estimated: true } } },
    ]);
  });

  it('finishes without [DONE] once a finish reason was said', () => {
    expect(decode([chunkOf('x', 'stop')]).events.at(-1)).toMatchObject({ $case: 'finished' });
  });

  it.each([
    ['a stream that ends with neither', [chunkOf('x')], 'PROVIDER_UNAVAILABLE'],
    ['[DONE] with nothing before it', ['[DONE]'], 'PROVIDER_RESPONSE_INVALID'],
    ['a server that gave up', [chunkOf('x', 'abort'), '[DONE]'], 'PROVIDER_UNAVAILABLE'],
    ['a stream without a choice', [{ choices: [], usage: {} }, '[DONE]'], 'PROVIDER_RESPONSE_INVALID'],
    [
      'an error inside of a choice',
      [{ choices: [{ index: 0, text: '', error: { code: 429, message: 'x' } }] }, '[DONE]'],
      'PROVIDER_RATE_LIMITED',
    ],
    ['a text that is none', [{ choices: [{ text: 7 }] }], 'PROVIDER_RESPONSE_INVALID'],
  ])('takes %s for a failure', (_what, chunks, reason) => {
    expect(reasonThrownBy(() => decode(chunks))).toBe(reason);
  });
});

it('takes an event by the name of error for one', () => {
  const decoder = createStreamDecoder({ call: aCall(), provider: 'openai' });
  const event = { event: 'error', data: '{"type":"rate_limit_error"}' };
  expect(reasonThrownBy(() => decoder.decode(event))).toBe('PROVIDER_RATE_LIMITED');
});

function decode(chunks: readonly unknown[]) {
  const call = aCall();
  const decoder = createStreamDecoder({ call, provider: 'openai' });
  const events: CompletionEvent[] = chunks.flatMap((chunk) =>
    decoder.decode({ data: typeof chunk === 'string' ? chunk : JSON.stringify(chunk) }),
  );
  return { events: [...events, ...decoder.end()], facts: call.facts };
}

function chunkOf(text: string, finish_reason: string | null = null) {
  return { id: 'cmpl-1', model: 'davinci-002', choices: [{ index: 0, text, finish_reason }] };
}
