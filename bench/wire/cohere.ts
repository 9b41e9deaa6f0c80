import { ANSWER, TOKEN } from '../sample.ts';
import { DONE, EVENT_STREAM, INPUT_TOKENS, json, namedEvent, OUTPUT_TOKENS, type Wire } from './wire.ts';

const id = '00000000-0000-4000-8000-000000000000';
const usage = {
  billed_units: { input_tokens: INPUT_TOKENS, output_tokens: OUTPUT_TOKENS },
  tokens: { input_tokens: INPUT_TOKENS, output_tokens: OUTPUT_TOKENS },
  cached_tokens: 0,
};

/** Version 2 of Cohere's chat. */
export const cohere: Wire = {
  address: /\/v2\/chat/,
  requestIdHeader: 'x-debug-trace-id',
  whole: json({
    id,
    message: { role: 'assistant', content: [{ type: 'text', text: ANSWER }] },
    finish_reason: 'COMPLETE',
    usage,
  }),
  streamType: EVENT_STREAM,
  opening: Buffer.concat([
    namedEvent({
      type: 'message-start',
      id,
      delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
    }),
    namedEvent({
      type: 'content-start',
      index: 0,
      delta: { message: { content: { type: 'text', text: '' } } },
    }),
  ]),
  token: namedEvent({ type: 'content-delta', index: 0, delta: { message: { content: { text: TOKEN } } } }),
  closing: Buffer.concat([
    namedEvent({ type: 'content-end', index: 0 }),
    namedEvent({ type: 'message-end', delta: { finish_reason: 'COMPLETE', usage } }),
    DONE,
  ]),
};
