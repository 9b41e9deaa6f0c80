import type { Parsed } from './parsed.ts';

const milliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** What Node's timers can count to; beyond it they fire at once. */
const longest = 2 ** 31 - 1;

/** Reads a duration such as `250ms`, `1.5s`, `10m` or `1h` into milliseconds, to the nearest one. */
export function parseDuration(input: unknown, { zero = false } = {}): Parsed<number> {
  if (typeof input === 'number') {
    return { remedy: `a duration needs its unit, such as "${input}s" (ms, s, m or h).` };
  }
  const [, amount, unit] = (typeof input === 'string' && /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(input)) || [];
  if (amount === undefined) return { remedy: 'expected a duration, such as "250ms", "1.5s", "10m" or "1h".' };

  const value = Math.round(Number(amount) * milliseconds[unit as keyof typeof milliseconds]);
  if (value === 0 && !zero) return { remedy: 'expected a duration of 1ms or more.' };
  if (value > longest) return { remedy: 'expected a duration of 596h or less.' };
  return { value };
}
