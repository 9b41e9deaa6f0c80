import { ANSWER, TOKEN } from '../sample.ts';
import { DONE, EVENT_STREAM, event, INPUT_TOKENS, json, OUTPUT_TOKENS, type Wire } from './wire.ts';

/** OpenAI's chat completions, as Azure, Hugging Face and servers that are compatible serve them, too. */
export const openAiChat: Wire = {
  address: /\/chat\/completions/,
  requestIdHeader: 'x-request-id',
  whole: json({
    ...envelope('chat.completion'),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: ANSWER, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: usage(),
  }),
  streamType: EVENT_STREAM,
  opening: chunk({ role: 'assistant', content: '', refusal: null }),
  token: chunk({ content: TOKEN }),
  closing: Buffer.concat([chunk({}, 'stop'), usageChunk(), DONE]),
};

function chunk(delta: object, finishReason: string | null = null): Buffer {
  return event({
    ...envelope('chat.completion.chunk'),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    usage: null,
  });
}

function usageChunk(): Buffer {
  return event({ ...envelope('chat.completion.chunk'), choices: [], usage: usage() });
}

function envelope(object: string) {
  return {
    id: 'chatcmpl-Bench0123456789abcdefghij',
    object,
    created: 1_750_000_000,
    model: 'bench-2025-06-15',
    service_tier: 'default',
    system_fingerprint: 'fp_0123456789',
  };
}

function usage() {
  return {
    prompt_tokens: INPUT_TOKENS,
    completion_tokens: OUTPUT_TOKENS,
    total_tokens: INPUT_TOKENS + OUTPUT_TOKENS,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
}
