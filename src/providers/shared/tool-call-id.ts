import { hash } from 'node:crypto';

/**
 * The id of a tool call for vendors that are particular about them, as Claude's are. An id that another vendor gave, such
 * as `functions.search:0`, becomes one that they take, always the same, so that calls and results still find each other.
 */
export function plainCallId(id: string): string {
  return /^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : `call_${hash('sha256', id).slice(0, 32)}`;
}
