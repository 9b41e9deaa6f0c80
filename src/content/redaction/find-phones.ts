import { type CountryCode, findPhoneNumbersInText, isSupportedCountry } from 'libphonenumber-js/max';
import type { Find, Span } from './span.ts';

/**
 * Creates a finder of telephone numbers that are possible by their country's numbering plan: with a country code
 * anywhere, and without one by the rules of `region`, if there is one (ISO 3166). For one call: of the candidates after
 * the first few thousand, which would take seconds, those are taken that begin like a telephone number.
 */
export function createPhoneFinder(region: string | undefined): Find {
  const country = region !== undefined && isSupportedCountry(region) ? region : undefined;
  let looks = 0;
  return (text) => {
    const spans = findAround(text, international, undefined);
    if (country) spans.push(...findAround(text, national, country));
    return spans;
  };

  function findAround(text: string, candidate: RegExp, country: CountryCode | undefined): Span[] {
    return [...text.matchAll(candidate)].flatMap(({ 0: written, index }) => {
      looks += 1;
      if (looks <= MOST_LOOKS) return lookCloser(written, index, country);
      const begins = /^(?:\+|\(?0)/.test(written);
      return begins ? [{ kind: 'phone', start: index, end: index + written.length }] : [];
    });
  }
}

/** A look takes 30 µs, and up to four times that by the rules of a country. */
const MOST_LOOKS = 4_000;

// Digits with what separates them, up to the 15 digits of E.164 and an extension: not within a word, nor as a part of a
// longer number, an address, a date with time or a version.
const international = /(?<![\w+.])(?:\+|00)[1-9][\d \u00a0()./-]{5,28}\d(?![\w])/g;
const national = /(?<![\w+.,:/$€£#-])\(?\d[\d \u00a0()/.-]{5,24}\d(?![\w:]|[.,-]\d)/g;

function lookCloser(written: string, index: number, country: CountryCode | undefined): Span[] {
  // The country code's other spelling, which only a region's own rules would know; as long, so that places stay.
  const text = country ? written : written.replace(/^00/, ' +');
  return findPhoneNumbersInText(text, country).flatMap(({ startsAt, endsAt, number }) => {
    // An order number is a possible number in many a country, but people dial and write the 0 where there is one.
    const needsZero = country !== undefined && /^\(?0/.test(number.formatNational());
    if (needsZero && !/^\(?[0+]/.test(text.slice(startsAt))) return [];
    const start = text.startsWith(' +') && startsAt === 1 ? 0 : startsAt;
    return [{ kind: 'phone', start: index + start, end: index + endsAt }];
  });
}
