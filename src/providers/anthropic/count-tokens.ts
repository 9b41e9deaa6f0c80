import { type JsonObject, malformed, numberAt } from '../shared/json.ts';
import type { MappedRequest } from './map-request.ts';

/** Maps a message request's body to the one that asks for its count, which may not say anything about the output. */
export function mapCountRequest(body: MappedRequest['body']): object {
  return Object.fromEntries(Object.entries(body).filter(([member]) => !NOT_COUNTED.has(member)));
}

const NOT_COUNTED = new Set([
  'max_tokens',
  'stream',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'metadata',
  'service_tier',
  'inference_geo',
  'container',
  'diagnostics',
]);

/** Reads how many tokens were counted. */
export function mapTokenCount(counted: JsonObject): number {
  const tokens = numberAt(counted, 'input_tokens');
  if (tokens === undefined) throw malformed('it has no input_tokens');
  return tokens;
}
