import type { Parsed } from './parsed.ts';

/** Reads US dollars, such as `0.075` or `15`, as billionths: digit by digit, since no float holds a tenth. */
export function parseDollars(input: unknown): Parsed<number> {
  const text = typeof input === 'string' || typeof input === 'number' ? String(input) : '';
  const [, whole, fraction = ''] = /^(\d{1,6})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  if (whole === undefined) {
    return {
      remedy: 'expected US dollars for a million tokens, such as 0.075 or 15, with up to six decimals.',
    };
  }
  return { value: Number(whole + fraction.padEnd(9, '0')) };
}
