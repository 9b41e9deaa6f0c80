import type { ReadableHeaders } from '../shared/retry-after.ts';

/** A count that TGI or TEI tells in a header, since its answer has no room for it; undefined where it does not. */
export function countInHeader(headers: ReadableHeaders | undefined, name: string): number | undefined {
  const text = headers?.get(name) ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
