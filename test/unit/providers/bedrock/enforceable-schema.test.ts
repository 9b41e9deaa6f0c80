import { describe, expect, it } from 'vitest';
import { enforceableSchema } from '../../../../src/providers/bedrock/enforceable-schema.ts';

describe('a schema that Bedrock can enforce', () => {
  it('has closed objects at every depth, and says bounds in words', () => {
    const schema = {
      type: 'object',
      properties: {
        minimum: { type: 'integer', minimum: 1, description: 'The least.' },
        list: {
          type: 'array',
          maxItems: 3,
          items: { type: 'object', properties: { a: { type: 'string' } } },
        },
        either: { anyOf: [{ type: ['object', 'null'], additionalProperties: true }, { type: 'null' }] },
        named: { $ref: '#/$defs/n' },
        one: { enum: [{ type: 'object', minimum: 1 }] },
      },
      $defs: { n: { properties: { b: true } } },
    };
    expect(enforceableSchema(schema)).toEqual({
      type: 'object',
      properties: {
        minimum: { type: 'integer', description: 'The least. (minimum: 1)' },
        list: {
          type: 'array',
          description: 'maxItems: 3',
          items: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false },
        },
        either: { anyOf: [{ type: ['object', 'null'], additionalProperties: false }, { type: 'null' }] },
        named: { $ref: '#/$defs/n' },
        one: { enum: [{ type: 'object', minimum: 1 }] },
      },
      $defs: { n: { properties: { b: true }, additionalProperties: false } },
      additionalProperties: false,
    });
  });

  it('keeps the order of its keys', () => {
    const schema = {
      type: 'object',
      additionalProperties: false,
      properties: { z: {}, a: {} },
      required: ['z'],
    };
    expect(JSON.stringify(enforceableSchema(schema))).toBe(JSON.stringify(schema));
  });
});
