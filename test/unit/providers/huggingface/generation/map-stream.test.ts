import { describe, expect, it } from 'vitest';
import type { CompletionEvent } from '../../../../../src/completion/ports/events.ts';
import { FinishReason } from '../../../../../src/gen/sluice/v1/completion_service.ts';
import { createStreamDecoder } from '../../../../../src/providers/huggingface/generation/map-stream.ts';
import { aCall } from '../a-call.ts';

const END = { finish_reason: 'eos_token', generated_tokens: 3, input_length: 5, seed: null };

describe('a stream of tokens', () => {
  it('is told as it comes, without the token that ends it, and with both counts', () => {
    const events = decode([token('Hel'), token('lo'), token('</s>', { special: true, details: END })]);
    expect(events).toEqual([
      delta('Hel'),
      delta('lo'),
      {
        $case: 'finished',
        value: {
          finishReason: FinishReason.STOP,
          providerFinishReason: 'eos_token',
          usage: {
            inputTokens: 5,
            outputTokens: 3,
            cacheReadTokens: 0,
            cacheWriteTokens: 0,
            reasoningTokens: 0,
            estimated: false,
          },
        },
      },
    ]);
  });

  it.each([
    ['length', FinishReason.LENGTH],
    ['stop_sequence', FinishReason.STOP_SEQUENCE],
    ['something new', FinishReason.OTHER],
  ])('that ended because of %j', (finish_reason, finishReason) => {
    const events = decode([token('a', { details: { ...END, finish_reason } })]);
    expect(events.at(-1)).toMatchObject({
      value: { finishReason, providerFinishReason: finish_reason },
    });
  });

  it('keeps the stop text out that it met, however it was cut', () => {
    const stop = ['END', '\n\nUser:'];
    const details = { ...END, finish_reason: 'stop_sequence' };
    expect(textOf(decode([token('It E'), token('N'), token('D', { details })], stop))).toBe('It ');
    expect(textOf(decode([token('Hi.\n'), token('\nUser:', { details })], stop))).toBe('Hi.');
  });

  it('tells what looked like a stop text and was none, at once when that is known', () => {
    const [first, second] = [token('an E'), token('Nding')];
    expect(decode([first], ['END'], { ends: false })).toEqual([delta('an ')]);
    expect(decode([first, second], ['END'], { ends: false })).toEqual([delta('an '), delta('ENding')]);
    const details = { ...END, finish_reason: 'length' };
    expect(textOf(decode([token('the EN', { details })], ['END']))).toBe('the EN');
  });

  it('passes over what it does not know, and over the mark of other streams', () => {
    const events = decode([{ heartbeat: true }, token('a', { top_tokens: [], details: END }), '[DONE]']);
    expect(textOf(events)).toBe('a');
  });

  it('never ends without its last event', () => {
    expect(() => decode([token('half')])).toThrow('huggingface ended its stream without its end mark.');
    expect(() => decode([token('half'), '[DONE]'])).toThrow('without its end mark');
    expect(() => decode([])).toThrow('without its end mark');
  });
});

function token(text: string, { special = false, details = null, ...rest }: Record<string, unknown> = {}) {
  return {
    index: 1,
    token: { id: 1, text, logprob: -0.1, special },
    generated_text: details ? 'all of it' : null,
    details,
    ...rest,
  };
}

function delta(text: string): CompletionEvent {
  return { $case: 'textDelta', value: { text } };
}

function decode(sent: (object | string)[], stop: string[] = [], { ends = true } = {}): CompletionEvent[] {
  const call = aCall({ prompt: 'hi', sampling: { stop } });
  const decoder = createStreamDecoder({ call, provider: 'huggingface' });
  const events = sent.flatMap((one) =>
    decoder.decode({ event: undefined, data: typeof one === 'string' ? one : JSON.stringify(one) }),
  );
  return ends ? [...events, ...decoder.end()] : events;
}

function textOf(events: readonly CompletionEvent[]): string {
  return events.map((event) => (event.$case === 'textDelta' ? event.value.text : '')).join('');
}
