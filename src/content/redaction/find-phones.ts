import { type CountryCode, findPhoneNumbersInText, isSupportedCountry } from 'libphonenumber-js/max';
import type { Find, Span } from './span.ts';

/**
 * Creates a finder of telephone numbers that are possible by their country's numbering plan: with a country code
 * anywhere, and without one by the rules of `region`, if there is one (ISO 3166).
 */
export function createPhoneFinder(region: string | undefined): Find {
  const country = region !== undefined && isSupportedCountry(region) ? region : undefined;
  return (text) => {
    const spans = findAround(text, international, undefined);
    if (country) spans.push(...findAround(text, national, country));
    return spans;
  };
}

/** Looks closer, which is not cheap, where a number could be. */
function findAround(text: string, candidate: RegExp, country: CountryCode | undefined): Span[] {
  const spans: Span[] = [];
  for (const { 0: whole, index } of text.matchAll(candidate)) {
    // The country code's other spelling, which only a region's own rules would know; as long, so that places stay.
    const spelt = country ? whole : whole.replace(/^00/, ' +');
    for (const { startsAt, endsAt, number } of findPhoneNumbersInText(spelt, country)) {
      const written = spelt.slice(startsAt, endsAt);
      // An order number is a possible number in many a country, but people dial and write the 0 where there is one.
      if (country && /^\(?0/.test(number.formatNational()) && !/^\(?[0+]/.test(written)) continue;
      const start = spelt.startsWith(' +') && startsAt === 1 ? 0 : startsAt;
      spans.push({ kind: 'phone', start: index + start, end: index + endsAt });
    }
  }
  return spans;
}

// Digits with what separates them, up to the 15 digits of E.164 and an extension: not within a word, nor as a part of a
// longer number, an address, a date with time or a version.
const international = /(?<![\w+.])(?:\+|00)[1-9][\d \u00a0()./-]{5,28}\d(?![\w])/g;
const national = /(?<![\w+.,:/$€£#-])\(?\d[\d \u00a0()/.-]{5,24}\d(?![\w:]|[.,-]\d)/g;
