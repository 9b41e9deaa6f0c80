import { hash, randomBytes } from 'node:crypto';
import type { Parsed } from './parsed.ts';

/** How the keys look that {@link createKey} makes: by their beginning people and scanners know what they have found. */
const ownForm = /^sluice_[\w-]{43}$/;

/** Makes a key for a caller: 256 random bits, so that nobody guesses it, nor finds it from its digest. */
export function createKey(): string {
  return `sluice_${randomBytes(32).toString('base64url')}`;
}

/** What the configuration holds of a key. */
export function digestOf(key: string): string {
  return hash('sha256', key, 'hex');
}

/** Reads a digest, in lower case. */
export function parseDigest(input: unknown): Parsed<string> {
  if (typeof input === 'string' && /^[0-9a-f]{64}$/i.test(input)) return { value: input.toLowerCase() };
  if (typeof input === 'string' && ownForm.test(input)) {
    return {
      remedy:
        'this is the key itself, where its digest belongs; make a new one with `npm run key`, since this one has been in a file.',
    };
  }
  return {
    remedy:
      'expected the SHA-256 of a key in 64 hexadecimal digits, as `npm run key` prints it; never the key itself.',
  };
}

/** Reads the name of a key: a word, since scopes of limits and budgets are made of it. */
export function parseKeyName(input: unknown): Parsed<string> {
  if (input === 'anonymous') return { remedy: 'that is what callers without a key are called; use another.' };
  if (typeof input === 'string' && /^\w[\w.-]{0,63}$/.test(input)) return { value: input };
  return { remedy: 'expected a word of up to 64 letters, digits, ".", "_" and "-".' };
}
