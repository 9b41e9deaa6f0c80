import { describe, expect, it } from 'vitest';
import { parseByteSize } from '../../../src/config/byte-size.ts';
import { parseAmount } from '../../../src/config/dollars.ts';
import { parseAge, parseDuration } from '../../../src/config/duration.ts';
import { nearestName } from '../../../src/config/nearest-name.ts';

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['5s', 5_000],
    ['1.5s', 1_500],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['2.3m', 138_000],
    ['596h', 2_145_600_000],
  ])('%s is %d milliseconds', (text, value) => {
    expect(parseDuration(text)).toEqual({ value });
  });

  it.each(['', '5', 's', '-5s', '5 s', '5S', '1h30m', '1e3s', '.5s', '5s\n', true, null, undefined, ['5s']])(
    '%j is none',
    (input) => {
      expect(parseDuration(input)).toHaveProperty('remedy');
    },
  );

  it('may be zero only where that means something', () => {
    expect(parseDuration('0s', { zero: true })).toEqual({ value: 0 });
    expect(parseDuration('0.4ms')).toEqual({ remedy: 'expected a duration of 1ms or more.' });
  });
});

describe('an age', () => {
  it.each([
    ['35d', 3_024_000_000],
    ['0.5d', 43_200_000],
    ['12h', 43_200_000],
    ['3650d', 315_360_000_000],
  ])('%s is %d milliseconds', (text, value) => {
    expect(parseAge(text)).toEqual({ value });
  });

  it.each(['0d', '3651d', '1w', 'd', 35])('%j is none', (input) => {
    expect(parseAge(input)).toHaveProperty('remedy');
  });
});

describe('an amount', () => {
  it.each([
    [50, 50_000_000_000],
    ['0.1', 100_000_000],
    [0.1, 100_000_000],
    ['0.000000001', 1],
    [1e-9, 1],
    [2.5e-7, 250],
    ['8999999.999999999', 8_999_999_999_999_999],
    [9_000_000, 9_000_000_000_000_000],
  ])('of %j dollars is %d billionths, exactly', (input, value) => {
    expect(parseAmount(input)).toEqual({ value });
  });

  it.each([
    0,
    '0.0',
    -1,
    '9000000.000000001',
    1e-10,
    1.5e-9,
    '1.0000000001',
    '$5',
    '5 ',
    '',
    null,
    Number.NaN,
  ])('%j is none', (input) => {
    expect(parseAmount(input)).toHaveProperty('remedy');
  });
});

describe('a size', () => {
  it.each([
    [1, 1],
    ['1024', 1_024],
    ['512B', 512],
    ['1.5KiB', 1_536],
    ['32MiB', 33_554_432],
    ['1GiB', 1_073_741_824],
  ])('%s is %d bytes', (input, value) => {
    expect(parseByteSize(input)).toEqual({ value });
  });

  it.each([0, -1, '0B', '2GiB', '1MB', '1 MiB', 'MiB', '', null, Number.NaN])('%j is none', (input) => {
    expect(parseByteSize(input)).toHaveProperty('remedy');
  });
});

describe('the nearest name', () => {
  const known = ['apiKey', 'baseUrl', 'kind', 'execution', 'ttl'];

  it.each([
    ['api_key', 'apiKey'],
    ['APIKEY', 'apiKey'],
    ['base-url', 'baseUrl'],
    ['baseURI', 'baseUrl'],
    ['kid', 'kind'],
    ['excution', 'execution'],
    ['exeuction', 'execution'],
    ['tll', 'ttl'],
  ])('to %s is %s', (name, nearest) => {
    expect(nearestName(name, known)).toBe(nearest);
  });

  it.each(['colour', 'key', 'url', 'kinship', ''])('to %j is none', (name) => {
    expect(nearestName(name, known)).toBeUndefined();
  });
});
