import type { Span } from './span.ts';

/** Finds addresses as people write them: the unquoted form of RFC 5321, with letters of all scripts (RFC 6531). */
export function findEmails(text: string): Span[] {
  if (!text.includes('@')) return [];
  return [...text.matchAll(address)]
    .filter(
      ({ 0: whole, 1: topLevel = '', index }) =>
        !fileEndings.has(topLevel.toLowerCase()) && !isRepository(whole) && !isLogin(text, index),
    )
    .map(({ 0: { length }, index }) => ({ kind: 'email', start: index, end: index + length }));
}

/** `git@host:group/project` is how a repository is named, not somebody's address. */
function isRepository(whole: string): boolean {
  return /^(?:git|hg)@/.test(whole);
}

/** `https://user:password@host`: who is to be let in, and where. */
function isLogin(text: string, start: number): boolean {
  return /:\/\/(?:[^\s/@]*:)?$/.test(text.slice(Math.max(0, start - 80), start));
}

// A local part begins where no local part could have begun before, so no character is looked at more than twice; the
// lengths are those of RFC 5321, 4.5.3.1, and of RFC 1035, 2.3.4.
const address =
  /(?<![\p{L}\p{N}._%+'-])[\p{L}\p{N}_%+][\p{L}\p{N}._%+'-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,8}(\p{L}{2,24}|xn--[a-z0-9-]{1,59})(?![\p{L}\p{N}_]|-[\p{L}\p{N}])/giu;

/** Top-level domains that are none: `icon@2x.png`. */
const fileEndings = new Set(
  'png jpg jpeg gif svg webp avif ico css scss js mjs cjs jsx ts tsx json yaml yml lock html xml pdf zip gz'.split(
    ' ',
  ),
);
