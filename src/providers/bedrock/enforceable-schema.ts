import { isObject, type JsonObject } from '../shared/json.ts';

/**
 * Makes a JSON Schema one that Bedrock can enforce: it refuses open objects, and bounds. Objects are closed, and bounds
 * are put to the model in words.
 */
export function enforceableSchema(schema: JsonObject): JsonObject {
  const kept = Object.entries(schema).filter(([key]) => !BOUNDS.has(key));
  const described = descriptionWith(
    schema,
    Object.entries(schema).filter(([key]) => BOUNDS.has(key)),
  );
  return {
    ...Object.fromEntries(kept.map(([key, value]) => [key, enforceableMember(key, value)])),
    ...(described && { description: described }),
    ...(isObjects(schema) && { additionalProperties: false }),
  };
}

const BOUNDS = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
]);

/** Keywords that hold schemas: by name, in a list, or one. Elsewhere, as in `enum`, anything may stand. */
const BY_NAME = new Set(['properties', '$defs', 'definitions']);
const IN_A_LIST = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);

function enforceableMember(key: string, value: unknown): unknown {
  if (BY_NAME.has(key) && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, schema]) => [name, enforceableOrNot(schema)]),
    );
  }
  if (IN_A_LIST.has(key) && Array.isArray(value)) return value.map(enforceableOrNot);
  return key === 'items' ? enforceableOrNot(value) : value;
}

function enforceableOrNot(value: unknown): unknown {
  return isObject(value) ? enforceableSchema(value) : value;
}

function isObjects({ type, properties }: JsonObject): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || isObject(properties);
}

function descriptionWith(
  { description }: JsonObject,
  bounds: readonly (readonly [string, unknown])[],
): string | undefined {
  if (bounds.length === 0) return undefined;
  const words = bounds.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(', ');
  return typeof description === 'string' && description !== '' ? `${description} (${words})` : words;
}
