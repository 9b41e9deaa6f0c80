import { countrySpecs } from 'ibantools';
import type { Span } from './span.ts';

/**
 * Finds account numbers (ISO 13616): a country that has them, its length, its form and check digits modulo 97; printed
 * in groups of four, or without spaces.
 */
export function findIbans(text: string): Span[] {
  const spans: Span[] = [];
  for (const { index } of text.matchAll(beginning)) {
    const end = endOf(text, index);
    if (end !== undefined) spans.push({ kind: 'iban', start: index, end });
  }
  return spans;
}

const beginning = /(?<![\p{L}\p{N}_])[A-Z]{2}\d{2}(?=[ \u00a0-]?[A-Z0-9]{4})/giu;
const separator = /[ \u00a0-]/;
const wordCharacter = /[\p{L}\p{N}_]/u;

/** Where the account number ends that begins here; undefined where none does. */
function endOf(text: string, start: number): number | undefined {
  const country = countries.get(text.slice(start, start + 2).toUpperCase());
  if (!country) return undefined;
  let iban = '';
  let at = start;
  for (; iban.length < country.length && at < text.length; at++) {
    const character = text.charAt(at);
    if (/[A-Z0-9]/i.test(character)) iban += character.toUpperCase();
    // Groups are of four.
    else if (!separator.test(character) || iban.length % 4 !== 0) return undefined;
  }
  if (iban.length < country.length || wordCharacter.test(text.charAt(at))) return undefined;
  return country.account.test(iban.slice(4)) && hasCheckDigits(iban) ? at : undefined;
}

/** The library has the registry of countries; its own check compiles their patterns each time. */
const countries = new Map(
  Object.entries(countrySpecs).flatMap(([code, { chars, bban_regexp }]) =>
    chars && bban_regexp ? [[code, { length: chars, account: new RegExp(bban_regexp) }] as const] : [],
  ),
);

/** ISO/IEC 7064, MOD 97-10: the first four characters moved to the end, letters as 10 to 35, the remainder is 1. */
function hasCheckDigits(iban: string): boolean {
  let remainder = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
