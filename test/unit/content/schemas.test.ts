import { describe, expect, it } from 'vitest';
import { createSchemas } from '../../../src/content/form/schemas.ts';

const schemas = createSchemas();
const check = (schema: object, value: unknown) => schemas.compile(JSON.stringify(schema))(value);
const refusal = (schema: object) => {
  try {
    schemas.compile(JSON.stringify(schema));
    return 'none';
  } catch (error) {
    return String(error);
  }
};

describe('a schema', () => {
  it('says where a value does not follow it, all at once', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'array', items: { enum: ['x'] } }, b: { type: 'string', minLength: 2 } },
      required: ['c'],
      additionalProperties: false,
    };
    expect(check(schema, { a: ['x'], b: 'bb', c: 1 })).toMatchObject([{ keyword: 'additionalProperties' }]);
    expect(check(schema, { a: ['x', 'y'], b: 'b' })).toEqual([
      { path: '', keyword: 'required', wanted: "must have required property 'c'" },
      { path: '/a/1', keyword: 'enum', wanted: 'must be equal to one of the allowed values' },
      { path: '/b', keyword: 'minLength', wanted: 'must NOT have fewer than 2 characters' },
    ]);
  });

  it('is read by draft 2020-12, or by draft-07 where it says so, and by no other', () => {
    const tuple = { prefixItems: [{ type: 'integer' }], items: false };
    expect(check(tuple, [1])).toEqual([]);
    expect(check(tuple, [1, 2])).toMatchObject([{ keyword: 'items' }]);
    const old = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      items: [{ type: 'integer' }],
      additionalItems: false,
    };
    expect(check(old, [1, 2])).toMatchObject([{ keyword: 'additionalItems' }]);
    expect(refusal({ $schema: 'http://json-schema.org/draft-04/schema#' })).toContain('draft/2020-12');
  });

  it('may refer to itself, and to nothing else', () => {
    const tree = {
      $defs: { t: { type: 'object', properties: { next: { $ref: '#/$defs/t' } } } },
      $ref: '#/$defs/t',
    };
    expect(check(tree, { next: { next: 1 } })).toMatchObject([{ path: '/next/next', keyword: 'type' }]);
    expect(refusal({ $ref: 'https://example.com/s.json' })).toContain('only references within the schema');
  });

  it('is refused by the place that is wrong, and where it is too long', () => {
    expect(refusal({ properties: { n: { minimum: '1' } } })).toContain(
      'at "/properties/n/minimum" it must be number',
    );
    expect(refusal({ description: 'x'.repeat(70_000) })).toContain('more than 65536');
    expect(refusal({ pattern: '(' })).toContain('cannot be used');
    expect(refusal({ $async: true })).toContain('$async');
  });

  it('may bear the name that another one has', () => {
    const named = (type: string) => ({ $id: 'https://example.com/mine', type });
    expect([check(named('string'), 1), check(named('number'), 1)]).toMatchObject([[{ keyword: 'type' }], []]);
  });

  it('says nothing about formats, and leaves keywords alone that it does not know', () => {
    expect(check({ format: 'email', 'x-order': 1, propertyOrdering: ['a'] }, 'nobody')).toEqual([]);
  });

  it('holds nobody up with a pattern that backtracks for hours, or a value without end', () => {
    const hasty = createSchemas({ limitMs: 50 });
    const startedAt = performance.now();
    const misfits = hasty.compile('{"pattern":"^(a+)+$"}')(`${'a'.repeat(60)}!`);
    expect(misfits).toEqual([{ path: '', keyword: 'limit', wanted: 'could not be checked within 50 ms' }]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    const recursive = schemas.compile('{"properties":{"a":{"$ref":"#"}}}');
    let deep: object = {};
    for (let depth = 0; depth < 200_000; depth++) deep = { a: deep };
    expect(recursive(deep)).toMatchObject([{ keyword: 'limit' }]);
    expect(recursive({ a: 1 })).toEqual([]);
  });

  it('is compiled once', () => {
    const text = JSON.stringify({ title: 'once' });
    expect(schemas.compile(text)).toBe(schemas.compile(text));
  });
});
