import { GatewayError, invalidRequest } from '../../completion/error.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';

/** A JSON object whose members nobody has checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

// The accessors below read what a provider sent. A member that is absent or null is undefined; one of another type
// than the documented one means that the answer cannot be trusted, and throws PROVIDER_RESPONSE_INVALID.

/** Reads a provider's JSON text, which must be an object. Whole numbers beyond 2^53 survive {@link JSON.stringify}. */
export function parseObject(text: string): JsonObject {
  const value = parseProvidersJson(text);
  if (!isObject(value)) throw malformed('it is not a JSON object');
  return value;
}

/** Reads a provider's JSON text that may be one object or a list of them, as {@link parseObject} does. */
export function parseObjects(text: string): readonly JsonObject[] {
  const value = parseProvidersJson(text);
  const objects: unknown[] = Array.isArray(value) ? value : [value];
  if (!objects.every(isObject)) throw malformed('it is not made of JSON objects');
  return objects;
}

function parseProvidersJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw malformed('it is not JSON', cause);
  }
}

/** Reads a JSON object of the caller's, such as a schema, or throws INVALID_REQUEST for its field. */
export function parseCallersObject(text: string, field: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw invalidRequest(field, 'is not JSON.');
  }
  if (!isObject(value)) throw invalidRequest(field, 'is not a JSON object.');
  return { ...value };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text at a member. */
export function stringAt(object: JsonObject | undefined, key: string): string | undefined {
  const value = object?.[key] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw malformed(`"${key}" is not a text`);
}

/** The number at a member. */
export function numberAt(object: JsonObject | undefined, key: string): number | undefined {
  const value = object?.[key] ?? undefined;
  if (value === undefined || typeof value === 'number') return value;
  throw malformed(`"${key}" is not a number`);
}

/** The object at a member. */
export function objectAt(object: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = object?.[key] ?? undefined;
  if (value === undefined || isObject(value)) return value;
  throw malformed(`"${key}" is not an object`);
}

/** The objects of a list at a member; none where it is absent. */
export function objectsAt(object: JsonObject | undefined, key: string): readonly JsonObject[] {
  const value = object?.[key] ?? NONE;
  if (value === NONE) return NONE;
  if (Array.isArray(value) && value.every(isObject)) return value;
  throw malformed(`"${key}" is not a list of objects`);
}

const NONE: readonly JsonObject[] = [];

/** The error for an answer that cannot be understood. `why` is ours: it never quotes the answer. */
export function malformed(why: string, cause?: unknown): GatewayError {
  return new GatewayError(
    ErrorReason.PROVIDER_RESPONSE_INVALID,
    `The provider's answer could not be understood: ${why}.`,
    { cause },
  );
}

/**
 * Only texts with a whole number of so many digits can hold one that `JSON.parse` would round. Digits behind a point are
 * a fraction's, of which some vendors send one for each token.
 */
const MAY_ROUND = /[^\d.]\d{16}/;

/** `JSON.parse`, except that whole numbers beyond 2^53 become raw JSON, which is written out again as it was. */
function parseJson(text: string): unknown {
  return MAY_ROUND.test(text) ? JSON.parse(text, keepBigIntegers) : JSON.parse(text);
}

function keepBigIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !source || !/^-?\d+$/.test(source))
    return value;
  return rawJson(source);
}

// TypeScript's library does not know it yet; Node has had it since 21.
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
