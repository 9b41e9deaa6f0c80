import { ANSWER, TOKEN } from '../sample.ts';
import { DONE, EVENT_STREAM, event, INPUT_TOKENS, json, OUTPUT_TOKENS, type Wire } from './wire.ts';

const envelope = {
  id: 'cmpl-Bench0123456789abcdefghij',
  object: 'text_completion',
  created: 1_750_000_000,
  model: 'bench-2025-06-15',
};
const usage = {
  prompt_tokens: INPUT_TOKENS,
  completion_tokens: OUTPUT_TOKENS,
  total_tokens: INPUT_TOKENS + OUTPUT_TOKENS,
};

/** OpenAI's legacy text completions. */
export const openAiCompletions: Wire = {
  address: /\/v1\/completions/,
  requestIdHeader: 'x-request-id',
  whole: json({ ...envelope, choices: choices(ANSWER, 'stop'), usage }),
  streamType: EVENT_STREAM,
  opening: Buffer.alloc(0),
  token: event({ ...envelope, choices: choices(TOKEN), usage: null }),
  closing: Buffer.concat([
    event({ ...envelope, choices: choices('', 'stop'), usage: null }),
    event({ ...envelope, choices: [], usage }),
    DONE,
  ]),
};

function choices(text: string, finishReason: string | null = null): object[] {
  return [{ text, index: 0, logprobs: null, finish_reason: finishReason }];
}
