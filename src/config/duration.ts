import type { Parsed } from './parsed.ts';

const milliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
type Unit = keyof typeof milliseconds;

/** How long something may be said to take, and in what. */
interface Scale {
  units: readonly Unit[];
  /** The unit that a plain number most likely meant. */
  usual: Unit;
  examples: string;
  longest: string;
  longestMs: number;
}

/** Node's timers: past what they can count to, they fire at once. */
const timers: Scale = {
  units: ['ms', 's', 'm', 'h'],
  usual: 's',
  examples: '"250ms", "1.5s", "10m" or "1h"',
  longest: '596h',
  longestMs: 2 ** 31 - 1,
};

/** What no timer counts down. */
const ages: Scale = {
  units: ['ms', 's', 'm', 'h', 'd'],
  usual: 'd',
  examples: '"12h" or "35d"',
  longest: '3650d',
  longestMs: 3_650 * milliseconds.d,
};

/** Reads a duration such as `250ms`, `1.5s`, `10m` or `1h` into milliseconds, to the nearest one. */
export function parseDuration(input: unknown, { zero = false, scale = timers } = {}): Parsed<number> {
  const { units, usual, examples, longest, longestMs } = scale;
  if (typeof input === 'number') {
    const known = `${units.slice(0, -1).join(', ')} or ${units.at(-1)}`;
    return { remedy: `a duration needs its unit, such as "${input}${usual}" (${known}).` };
  }
  const [, amount, unit] = (typeof input === 'string' && /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(input)) || [];
  const known = units.find((name) => name === unit);
  if (amount === undefined || known === undefined)
    return { remedy: `expected a duration, such as ${examples}.` };

  const value = Math.round(Number(amount) * milliseconds[known]);
  if (value === 0 && !zero) return { remedy: 'expected a duration of 1ms or more.' };
  if (value > longestMs) return { remedy: `expected a duration of ${longest} or less.` };
  return { value };
}

/** The same for how long something is kept: also in days, such as `35d`, and for up to ten years. */
export function parseAge(input: unknown): Parsed<number> {
  return parseDuration(input, { scale: ages });
}
