import { describe, expect, it } from 'vitest';
import { durationMs, retryAfterMs } from '../../../../src/providers/shared/retry-after.ts';

const NOW = Date.parse('2026-11-21T05:00:00Z');

describe('when a provider wants to be asked again', () => {
  it.each([
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Sat, 21 Nov 2026 05:00:10 GMT' }, 10_000],
    [{ 'retry-after': 'Sat, 21 Nov 2026 04:00:00 GMT' }, 0],
    [{ 'retry-after': '1', 'retry-after-ms': '0' }, 0],
    [{ 'retry-after': '1', 'retry-after-ms': '250.4' }, 251],
    [{ 'retry-after': '1', 'retry-after-ms': 'soon' }, 1000],
    [{ 'retry-after': '99999999' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('%j is %s ms', (headers, wanted) => {
    expect(retryAfterMs(new Headers(headers as Record<string, string>), () => NOW)).toBe(wanted);
  });

  it.each([
    ['34.4s', 34_400],
    ['48s', 48_000],
    ['0s', 0],
    ['48', undefined],
    ['1m', undefined],
    ['', undefined],
  ])('the duration %j is %s ms', (text, wanted) => {
    expect(durationMs(text)).toBe(wanted);
  });
});
