import { describe, expect, it } from 'vitest';
import { FinishReason } from '../../../../../src/gen/sluice/v1/completion_service.ts';
import { mapAnswer } from '../../../../../src/providers/openai-api/responses/map-answer.ts';
import { aCall, reasonThrownBy, text, toolCall } from '../a-call.ts';

describe('mapping a whole response', () => {
  it('keeps the order of what was put out, and passes over what nobody knows', () => {
    const answer = mapped({
      output: [
        { type: 'web_search_call', id: 'ws_1' },
        { type: 'message', content: [{ type: 'output_text', text: 'Let me see.' }] },
        { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'now', arguments: '' },
        { type: 'hologram' },
      ],
    });
    expect(answer.message.parts).toEqual([text('Let me see.'), toolCall('call_1', 'now', '{}')]);
    expect(answer.finishReason).toBe(FinishReason.TOOL_CALLS);
  });

  it('says that usage was not told where it was not', () => {
    expect(mapped({ output: [] }).usage).toMatchObject({ inputTokens: 0, estimated: true });
  });

  it('keeps the parts of usage inside of their totals', () => {
    const usage = {
      input_tokens: 7,
      input_tokens_details: { cached_tokens: 9 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 6 },
    };
    expect(mapped({ output: [], usage }).usage).toMatchObject({ cacheReadTokens: 7, reasoningTokens: 5 });
  });

  // What asks to run in the background, by provider options, is answered before there is an answer.
  it.each(['queued', 'in_progress', 'cancelled', null])('takes the status %s for no answer', (status) => {
    expect(reasonThrownBy(() => mapped({ status, output: [] }))).toBe('PROVIDER_RESPONSE_INVALID');
  });

  it('takes a response without output for no answer', () => {
    expect(reasonThrownBy(() => mapped({}))).toBe('PROVIDER_RESPONSE_INVALID');
  });

  it('throws for a response that failed', () => {
    const error = { code: 'rate_limit_exceeded', message: 'no' };
    expect(reasonThrownBy(() => mapped({ status: 'failed', error, output: [] }))).toBe(
      'PROVIDER_RATE_LIMITED',
    );
  });
});

function mapped(said: object) {
  const response = { id: 'resp_1', model: 'gpt-5', status: 'completed', error: null, ...said };
  return mapAnswer(response, { call: aCall(), provider: 'openai', warnings: [] });
}
