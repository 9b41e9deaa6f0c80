import type { GenerateContentRequest } from '@google/generative-ai';
import { isObject, type JsonObject, malformed, numberAt } from '../shared/json.ts';

/** The part of a request that Vertex counts. It refuses the rest of it, which has no tokens. */
export function mapVertexCountRequest(body: GenerateContentRequest): JsonObject {
  const { contents, systemInstruction, tools, generationConfig } = body;
  return {
    contents,
    ...(systemInstruction !== undefined && { systemInstruction }),
    ...(tools && { tools }),
    ...(isObject(generationConfig) && { generationConfig }),
  };
}

/** Reads how many tokens were counted. */
export function mapTokenCount(counted: JsonObject): number {
  const tokens = numberAt(counted, 'totalTokens');
  if (tokens === undefined) throw malformed('it has no totalTokens');
  return tokens;
}
