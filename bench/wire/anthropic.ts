import { ANSWER, TOKEN } from '../sample.ts';
import { EVENT_STREAM, INPUT_TOKENS, json, namedEvent, OUTPUT_TOKENS, type Wire } from './wire.ts';

/** Anthropic's Messages API. */
export const anthropic: Wire = {
  address: /\/v1\/messages/,
  requestIdHeader: 'request-id',
  whole: json(message([{ type: 'text', text: ANSWER }], 'end_turn', OUTPUT_TOKENS)),
  streamType: EVENT_STREAM,
  opening: Buffer.concat([
    namedEvent({ type: 'message_start', message: message([], null, 1) }),
    namedEvent({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    namedEvent({ type: 'ping' }),
  ]),
  token: namedEvent({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: TOKEN } }),
  closing: Buffer.concat([
    namedEvent({ type: 'content_block_stop', index: 0 }),
    namedEvent({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: usage(OUTPUT_TOKENS),
    }),
    namedEvent({ type: 'message_stop' }),
  ]),
};

function message(content: object[], stopReason: string | null, outputTokens: number): object {
  return {
    id: 'msg_01Bench0123456789abcdef',
    type: 'message',
    role: 'assistant',
    model: 'bench-20250615',
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: usage(outputTokens),
  };
}

function usage(outputTokens: number): object {
  return {
    input_tokens: INPUT_TOKENS,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: outputTokens,
    service_tier: 'standard',
  };
}
