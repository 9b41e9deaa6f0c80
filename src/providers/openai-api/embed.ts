import { APIError } from 'openai';
import type { EmbedCall, Embeddings } from '../../completion/ports/provider.ts';
import { embedInBatches } from '../shared/embed-in-batches.ts';
import { parseObject } from '../shared/json.ts';
import type { LeanResponse } from '../shared/response.ts';
import { mapEmbeddings, mapEmbedRequest } from './map-embeddings.ts';
import { answeredError } from './map-error.ts';
import { readError } from './read-error.ts';

/** Most texts that OpenAI, and Azure after it, takes in one request. */
export const MAX_TEXTS = 2048;

/** OpenAI takes 300,000 tokens in one request, and a token is hardly less than a character. */
const MAX_CHARACTERS = 300_000;

/** How many requests a long list is asked in at the same time. */
const CONCURRENCY = 4;

/** Creates the way to embed texts with a server that speaks OpenAI's API. */
export function createEmbed({
  post,
  provider,
  maxTexts,
}: {
  post(body: object, call: EmbedCall): Promise<LeanResponse>;
  provider: string;
  maxTexts: number;
}): (call: EmbedCall) => Promise<Embeddings> {
  /** Until the server says that it knows of none. */
  let base64 = true;

  const limits = { texts: maxTexts, characters: MAX_CHARACTERS, concurrency: CONCURRENCY };
  return (call) => embedInBatches(call, limits, ask);

  async function ask(call: EmbedCall): Promise<Embeddings> {
    const answer = parseObject(await (await send(call)).text());
    const error = answeredError(answer, provider);
    if (error) throw error;
    return mapEmbeddings(answer, call);
  }

  async function send(call: EmbedCall): Promise<LeanResponse> {
    const asked = base64;
    try {
      return await post(mapEmbedRequest(call, { base64: asked }), call);
    } catch (thrown) {
      if (!asked || !refusesBase64(thrown)) throw thrown;
      base64 = false;
      return post(mapEmbedRequest(call, { base64 }), call);
    }
  }
}

function refusesBase64(thrown: unknown): boolean {
  if (!(thrown instanceof APIError) || (thrown.status !== 400 && thrown.status !== 422)) return false;
  return /encoding_format|base64/i.test(JSON.stringify(readError(thrown.error) ?? ''));
}
