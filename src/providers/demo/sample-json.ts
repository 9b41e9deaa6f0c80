import { isObject } from '../shared/json.ts';

/** Writes JSON that follows a simple JSON Schema: objects, arrays, enums and scalars; the rest becomes null. */
export function sampleJson(schemaText: string): string {
  return JSON.stringify(schemaText === '' ? {} : sample(JSON.parse(schemaText), 0));
}

// Deeper than any sensible schema; one that refers to itself would never end.
const deepest = 16;

function sample(schema: unknown, depth: number): unknown {
  if (!isObject(schema) || depth > deepest) return null;
  if (Array.isArray(schema['enum'])) return schema['enum'][0] ?? null;
  if ('const' in schema) return schema['const'];
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type) {
    case 'string':
      return 'demo';
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
    case 'boolean':
      return true;
    case 'array':
      return [sample(schema['items'], depth + 1)];
    case 'null':
      return null;
    default: {
      const properties = isObject(schema['properties']) ? schema['properties'] : {};
      return Object.fromEntries(
        Object.entries(properties).map(([key, value]) => [key, sample(value, depth + 1)]),
      );
    }
  }
}
