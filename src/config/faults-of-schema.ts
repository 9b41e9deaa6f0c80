import type { z } from 'zod';
import { type Fault, faultAt, formatPath, type Path } from './faults.ts';
import { nearestName } from './nearest-name.ts';
import { looksSecret } from './secrets.ts';

/** What was checked, so that a fault or a change can tell what stood there. */
export interface Checked {
  values: unknown;
  /** Texts as written, where something was put into them; see `interpolate`. */
  written: ReadonlyMap<string, string>;
}

/** Turns what the schema found into faults. */
export function faultsOfSchema(error: z.ZodError | undefined, checked: Checked): Fault[] {
  return (error?.issues ?? []).flatMap((issue) => {
    switch (issue.code) {
      case 'unrecognized_keys':
        // Our mappings put their known keys into the message; see `mapping`.
        return issue.keys.map((key) => unknownKey([...issue.path, key], key, issue.message.split(' ')));
      case 'invalid_key':
        return [faultAt(issue.path, `is not a usable name: ${issue.issues[0]?.message}`)];
      case 'invalid_type':
        return [faultAt(issue.path, `${describeType(valueAt(issue.path, checked))}: ${issue.message}`)];
      default:
        return [faultAt(issue.path, `${describe(issue.path, checked)}: ${issue.message}`)];
    }
  });
}

function unknownKey(path: Path, key: string, known: readonly string[]): Fault {
  const nearest = nearestName(key, known);
  const remedy = nearest === undefined ? `known here: ${known.join(', ')}.` : `did you mean "${nearest}"?`;
  return faultAt(path, `is not a key that Sluice knows: ${remedy}`);
}

/** Where a mapping or list is expected, whatever else is there may be anything, a secret too. */
function describeType(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === null || value === '') return 'is empty';
  if (Array.isArray(value)) return 'is a list';
  const types: Record<string, string> = { object: 'a mapping', string: 'a text', number: 'a number' };
  return `is ${types[typeof value] ?? 'a single value'}`;
}

function describe(path: Path, checked: Checked): string {
  const value = valueAt(path, checked);
  if (value === undefined || value === null || value === '' || typeof value === 'object')
    return describeType(value);

  const written = checked.written.get(formatPath(path));
  if (holdsSecret(path) || looksSecret(written ?? String(value))) return 'has a value that is not shown here';
  // What came from a variable or a file may be a secret that strayed; its origin says enough.
  return written === undefined ? `is ${JSON.stringify(value)}` : `is what "${written}" stands for`;
}

function valueAt(path: Path, { values }: Checked): unknown {
  return path.reduce(
    (parent: unknown, key) => Object.getOwnPropertyDescriptor(Object(parent), key)?.value,
    values,
  );
}

/** Keys, what stands in the place of a key's digest, and the addresses of Redis, which carry its password. */
export function holdsSecret(path: Path): boolean {
  return secretPaths.test(formatPath(path));
}

const secretPaths =
  /(?:\b|\.)(?:apiKey|secretAccessKey|accessKeyId|sessionToken)$|^redis\.url\b|\bsha256\b|^SLUICE_ENCRYPTION_KEY$/;
