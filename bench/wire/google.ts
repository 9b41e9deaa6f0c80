import { ANSWER, TOKEN } from '../sample.ts';
import { event, INPUT_TOKENS, json, OUTPUT_TOKENS, type Wire } from './wire.ts';

/** Gemini's API. Each chunk of a stream has the form of a whole answer, and ends with the counts so far. */
export const google: Wire = {
  address: /:(generate|streamGenerate)Content/,
  requestIdHeader: 'x-request-id',
  whole: json(response(ANSWER, 'STOP')),
  streamType: 'text/event-stream',
  opening: Buffer.alloc(0),
  token: event(response(TOKEN)),
  closing: event(response('', 'STOP')),
};

function response(text: string, finishReason?: string): object {
  return {
    candidates: [
      {
        content: { parts: [{ text }], role: 'model' },
        ...(finishReason && { finishReason }),
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount: INPUT_TOKENS,
      candidatesTokenCount: OUTPUT_TOKENS,
      totalTokenCount: INPUT_TOKENS + OUTPUT_TOKENS,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: INPUT_TOKENS }],
    },
    modelVersion: 'bench-2025-06-15',
    responseId: 'bench0123456789abcdefgh',
  };
}
