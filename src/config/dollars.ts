import type { Parsed } from './parsed.ts';

/** Reads US dollars, such as `0.075` or `15`, as billionths: digit by digit, since no float holds a tenth. */
export function parseDollars(input: unknown): Parsed<number> {
  const value = toNanoUsd(input, /^(\d{1,6})(?:\.(\d{1,6}))?$/);
  if (value !== undefined) return { value };
  return {
    remedy: 'expected US dollars for a million tokens, such as 0.075 or 15, with up to six decimals.',
  };
}

/** Beyond it, a double does not hold every billionth: 2^53 of them are some 9,007,199 dollars. */
const mostDollars = 9_000_000;

/** Reads what may be spent, to the billionth of a US dollar. */
export function parseAmount(input: unknown): Parsed<number> {
  const value = toNanoUsd(input, /^(\d{1,7})(?:\.(\d{1,9}))?$/);
  if (value !== undefined && value > 0 && value <= mostDollars * 1e9) return { value };
  return {
    remedy: `expected US dollars, above 0 and up to ${mostDollars}, such as 50 or 0.25, with up to nine decimals.`,
  };
}

function toNanoUsd(input: unknown, form: RegExp): number | undefined {
  const [, whole, fraction = ''] = form.exec(digitsOf(input)) ?? [];
  return whole === undefined ? undefined : Number(whole + fraction.padEnd(9, '0'));
}

function digitsOf(input: unknown): string {
  if (typeof input === 'string') return input;
  if (typeof input !== 'number') return '';
  const text = String(input);
  // JavaScript writes numbers below a millionth as 5e-7.
  const plain = text.includes('e-') ? input.toFixed(9) : text;
  return Number(plain) === input ? plain : '';
}
