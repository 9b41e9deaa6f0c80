import { describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import {
  numberAt,
  objectAt,
  objectsAt,
  parseCallersObject,
  parseObject,
  stringAt,
} from '../../../../src/providers/shared/json.ts';
import {
  argumentsFromObject,
  argumentsText,
  argumentsToObject,
} from '../../../../src/providers/shared/tool-arguments.ts';

describe('reading JSON of a provider', () => {
  it('gives what is there, and undefined for what is absent or null', () => {
    const object = parseObject('{"s":"x","n":1,"o":{"a":1},"l":[{"b":2}],"null":null}');
    expect([
      stringAt(object, 's'),
      numberAt(object, 'n'),
      objectAt(object, 'o'),
      objectsAt(object, 'l'),
    ]).toEqual(['x', 1, { a: 1 }, [{ b: 2 }]]);
    expect([
      stringAt(object, 'null'),
      numberAt(object, 'x'),
      objectAt(undefined, 'x'),
      objectsAt(object, 'x'),
    ]).toEqual([undefined, undefined, undefined, []]);
  });

  it.each([
    ['a text', () => stringAt({ k: 1 }, 'k')],
    ['a number', () => numberAt({ k: '1' }, 'k')],
    ['an object', () => objectAt({ k: [] }, 'k')],
    ['a list of objects', () => objectsAt({ k: [1] }, 'k')],
    ['a list', () => objectsAt({ k: {} }, 'k')],
    ['JSON', () => parseObject('{"half')],
    ['an object at all', () => parseObject('[1]')],
  ])('throws PROVIDER_RESPONSE_INVALID where it is not %s', (_what, act) => {
    expect(reasonThrownBy(act)).toBe('PROVIDER_RESPONSE_INVALID');
  });

  it('never quotes what it could not read', () => {
    const error = (() => {
      try {
        return parseObject('sk-secret');
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect(String(error)).not.toContain('sk-secret');
  });

  it('names the field of the caller whose JSON is not an object', () => {
    expect(reasonThrownBy(() => parseCallersObject('[]', 'tools[0].parameters'))).toBe('INVALID_REQUEST');
    expect(() => parseCallersObject('{', 'tools[0].parameters')).toThrow('tools[0].parameters');
  });
});

describe('arguments of a tool call', () => {
  it('keep key order and big integers through an object', () => {
    const json = '{"z":9007199254740993,"a":-12345678901234567890,"f":0.1,"s":"9007199254740993"}';
    expect(JSON.stringify(argumentsToObject(json, 'arguments'))).toBe(json);
    expect(argumentsFromObject(objectAt(parseObject(`{"input":${json}}`), 'input'))).toBe(json);
  });

  it.each([
    [undefined, '{}'],
    ['', '{}'],
    [' ', '{}'],
    ['{"a":', '{"a":'],
  ])('%j are written as %s', (given, written) => {
    expect(argumentsText(given)).toBe(written);
  });
});

function reasonThrownBy(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return reasonName(error.reason);
    throw error;
  }
  return 'nothing was thrown';
}
