import { describe, expect, it } from 'vitest';
import { simplifySchema } from '../../../../src/providers/google/simplify-schema.ts';

describe('saying a JSON Schema in the words of OpenAPI', () => {
  it.each<[string, object, object, string[]]>([
    ['null in a type', { type: ['string', 'null'] }, { type: 'string', nullable: true }, []],
    [
      'several types',
      { type: ['string', 'integer'] },
      { anyOf: [{ type: 'string' }, { type: 'integer' }] },
      [],
    ],
    [
      'null as a choice',
      { oneOf: [{ type: 'string' }, { type: 'null' }] },
      { type: 'string', nullable: true },
      [],
    ],
    [
      'a choice',
      { anyOf: [{ type: 'string' }, { type: 'integer' }] },
      { anyOf: [{ type: 'string' }, { type: 'integer' }] },
      [],
    ],
    ['a constant', { type: 'string', const: 'a' }, { type: 'string', enum: ['a'] }, []],
    ['null in an enumeration', { enum: ['a', null] }, { enum: ['a'], nullable: true }, []],
    ['an enumeration of numbers', { type: 'integer', enum: [1, 2] }, { type: 'integer' }, ['enum']],
    [
      'items',
      { type: 'array', items: { type: ['integer', 'null'] } },
      { type: 'array', items: { type: 'integer', nullable: true } },
      [],
    ],
    [
      'limits',
      { type: 'string', minLength: 1, pattern: 'a' },
      { type: 'string', minLength: 1, pattern: 'a' },
      [],
    ],
    ['what has no counterpart', { type: 'string', not: {}, if: {} }, { type: 'string' }, ['not', 'if']],
    [
      'properties, whatever their names',
      {
        type: 'object',
        properties: { type: { type: 'string' }, $ref: { type: 'string' } },
        required: ['type'],
      },
      {
        type: 'object',
        properties: { type: { type: 'string' }, $ref: { type: 'string' } },
        propertyOrdering: ['type', '$ref'],
        required: ['type'],
      },
      [],
    ],
    [
      'all of several',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { properties: { b: { type: 'string' } }, required: ['b'] },
        ],
        description: 'Both.',
      },
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
        propertyOrdering: ['a', 'b'],
        required: ['a', 'b'],
        description: 'Both.',
      },
      [],
    ],
    [
      'references, with what stands beside them',
      {
        $ref: '#/$defs/a~1b',
        description: 'One.',
        $defs: { 'a/b': { type: 'array', items: { $ref: '#/$defs/c' } }, c: { type: 'string' } },
      },
      { type: 'array', items: { type: 'string' }, description: 'One.' },
      [],
    ],
  ])('maps %s', (_, schema, expected, leftOut) => {
    expect(simplifySchema({ ...schema }, 'schema')).toEqual({ schema: expected, leftOut });
  });

  it.each([
    [
      'refers to itself',
      { $ref: '#/$defs/a', $defs: { a: { items: { $ref: '#/$defs/a' } } } },
      'refers to itself by "#/$defs/a"',
    ],
    ['refers to nothing', { $ref: '#/$defs/a' }, 'refers to "#/$defs/a", which is not in it'],
    ['refers to elsewhere', { $ref: 'https://example.com/a' }, 'which is not in it'],
    ['multiplies by references', multiplying(12), 'has more than 1000 references'],
  ])('refuses one that %s, naming the field', (_, schema, message) => {
    expect(() => simplifySchema(schema, 'tools[0].parameters')).toThrow(/^tools\[0\]\.parameters: /);
    expect(() => simplifySchema(schema, 'tools[0].parameters')).toThrow(message);
  });
});

/** Each definition refers twice to the next one. */
function multiplying(depth: number) {
  const twice = (next: number) => ({ anyOf: [{ $ref: `#/$defs/${next}` }, { $ref: `#/$defs/${next}` }] });
  const definitions = Array.from({ length: depth }, (_, index) => [String(index), twice(index + 1)]);
  return { ...twice(0), $defs: { ...Object.fromEntries(definitions), [depth]: { type: 'string' } } };
}
