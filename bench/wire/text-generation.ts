import { ANSWER, TOKEN, TOKENS_PER_STREAM } from '../sample.ts';
import { EVENT_STREAM, event, json, OUTPUT_TOKENS, type Wire } from './wire.ts';

/** Hugging Face's text generation. Asked how a text ended, it lists each token of it, also in a whole answer. */
export const textGeneration: Wire = {
  address: /^\/$/,
  requestIdHeader: 'x-request-id',
  whole: json({ generated_text: ANSWER, details: { ...details(), prefill: [], tokens: tokensOf(ANSWER) } }),
  streamType: EVENT_STREAM,
  opening: Buffer.alloc(0),
  token: event({ index: 1, token: token(TOKEN), generated_text: null, details: null }),
  closing: event({
    index: TOKENS_PER_STREAM + 1,
    token: { ...token('</s>'), special: true },
    generated_text: TOKEN.repeat(TOKENS_PER_STREAM),
    details: { ...details(), input_length: 260 },
  }),
};

function details(): object {
  return { finish_reason: 'eos_token', generated_tokens: OUTPUT_TOKENS, seed: 0 };
}

function tokensOf(text: string): object[] {
  const length = Math.ceil(text.length / OUTPUT_TOKENS);
  return Array.from({ length: OUTPUT_TOKENS }, (_, at) => token(text.slice(at * length, (at + 1) * length)));
}

function token(text: string): object {
  return { id: 29_901, text, logprob: -0.44970703, special: false };
}
