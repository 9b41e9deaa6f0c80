import { countrySpecs, isValidIBAN } from 'ibantools';
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
  const length = countrySpecs[text.slice(start, start + 2).toUpperCase()]?.chars ?? 0;
  let iban = '';
  let at = start;
  for (; iban.length < length && at < text.length; at++) {
    const character = text.charAt(at);
    if (/[A-Z0-9]/i.test(character)) iban += character.toUpperCase();
    // Groups are of four.
    else if (!separator.test(character) || iban.length % 4 !== 0) return undefined;
  }
  if (length === 0 || iban.length < length || wordCharacter.test(text.charAt(at))) return undefined;
  return isValidIBAN(iban) ? at : undefined;
}
