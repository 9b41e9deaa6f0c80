import type { Parsed } from './parsed.ts';

const bytes = { '': 1, B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** gRPC frames carry their length in 32 bits, signed in many implementations. */
const most = 2 ** 31 - 1;

/** Reads a size such as `32MiB`, or a plain number of bytes. */
export function parseByteSize(input: unknown): Parsed<number> {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|)$/.exec(textOf(input)) ?? [];
  if (amount === undefined)
    return { remedy: 'expected a size, such as "512KiB", "32MiB" or a number of bytes.' };

  const value = Math.round(Number(amount) * bytes[unit as keyof typeof bytes]);
  if (value < 1 || value > most) return { remedy: 'expected a size from 1B to less than 2GiB.' };
  return { value };
}

function textOf(input: unknown): string {
  return typeof input === 'string' || typeof input === 'number' ? String(input) : '';
}
