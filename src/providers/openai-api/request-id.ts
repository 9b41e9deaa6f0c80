import type { ReadableHeaders } from '../shared/retry-after.ts';

/** The vendor's id of a request: OpenAI's header, and those of vendors that have one of their own. */
export function requestIdIn(headers: ReadableHeaders | undefined): string | undefined {
  for (const name of HEADERS) {
    const id = headers?.get(name);
    if (id) return id;
  }
  return undefined;
}

/** The others are of Azure, Mistral, DeepSeek and Together. */
const HEADERS = [
  'x-request-id',
  'apim-request-id',
  'mistral-correlation-id',
  'x-ds-trace-id',
  'x-together-request-id',
];
