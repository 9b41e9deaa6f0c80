import { describe, expect, it } from 'vitest';
import { parseByteSize } from '../../../src/config/byte-size.ts';
import { parseDuration } from '../../../src/config/duration.ts';
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
