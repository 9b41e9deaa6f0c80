import { isObject, type JsonObject } from '../shared/json.ts';

/** What a server says of an error; what it does not say is empty. */
export interface SaidError {
  code: string;
  type: string;
  message: string;
}

/**
 * Reads an error in any of the forms that servers give it: an object or a text at `error`, the members of the error
 * without the `error` around them, FastAPI's `detail`, or a list of one of these. Undefined where it is none of them.
 */
export function readError(body: unknown): SaidError | undefined {
  if (Array.isArray(body)) return readError(body[0]);
  if (!isObject(body)) return undefined;
  const { error, detail } = body;
  if (isObject(error)) return members(error);
  if (typeof error === 'string') return { ...members(body), message: error };
  if (typeof detail === 'string') return { ...members(body), message: detail };
  if (Array.isArray(detail)) return { ...members(body), message: detail.map(complaint).join('; ') };
  return 'message' in body || 'code' in body || 'type' in body ? members(body) : undefined;
}

function members(error: JsonObject): SaidError {
  const { metadata } = error;
  const upstream = isObject(metadata) ? textOf(metadata['raw']) : '';
  return {
    code: textOf(error['code']),
    type: textOf(error['type']),
    // OpenRouter's own message says no more than that there was one.
    message: [textOf(error['message']), upstream].filter(Boolean).join(' '),
  };
}

function complaint(detail: unknown): string {
  return isObject(detail) ? textOf(detail['msg']) : textOf(detail);
}

/** Nothing guarantees the form of an error, not even that a code is a text. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
