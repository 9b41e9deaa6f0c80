import { type CountryCode, findPhoneNumbersInText, isSupportedCountry } from 'libphonenumber-js/max';
import type { Find, Span } from './span.ts';

/**
 * Creates a finder of telephone numbers that are possible by their country's numbering plan: with a country code
 * anywhere, and without one by the rules of `region`, if there is one (ISO 3166). For one call: once it has looked closer
 * thousands of times, and more would take seconds, it takes what begins like a telephone number.
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
    const spans: Span[] = [];
    const pattern = new RegExp(candidate);
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      const { 0: written, index } = match;
      const place = placeOfNumber(written, country);
      if (!place) continue;
      spans.push({ kind: 'phone', start: index + place.start, end: index + place.end });
      // What is left of the candidate may be another one.
      pattern.lastIndex = index + place.end;
    }
    return spans;
  }

  /** Where in a candidate a number is: other digits may follow it, as in `+49 30 901820 2 people`. */
  function placeOfNumber(written: string, country: CountryCode | undefined): Place | undefined {
    for (const part of shorterAndShorter(written)) {
      looks += 1;
      if (looks > MOST_LOOKS)
        return /^(?:\+|\(?0)/.test(written) ? { start: 0, end: written.length } : undefined;
      const place = lookCloser(part, country);
      if (place) return place;
    }
    return undefined;
  }
}

/** A look takes 30 µs, and up to four times that by the rules of a country. */
const MOST_LOOKS = 8_000;

// Digits with what separates them, up to the 15 digits of E.164 and an extension: not within a word, nor as a part of a
// longer number, an address, a date with time or a version.
const international = /(?<![\w+.])(?:\+|00)[1-9][\d \u00a0()./-]{5,28}\d(?![\w])/g;
const national = /(?<![\w+.,:/$€£#-])\(?\d[\d \u00a0()/.-]{5,24}\d(?![\w:]|[.,-]\d)/g;

interface Place {
  start: number;
  end: number;
}

/** A candidate, and without its last groups of digits. */
function shorterAndShorter(written: string): string[] {
  const ends = [...written.matchAll(/[ \u00a0]/g)].map(({ index }) => index);
  const shorter = ends.filter((end) => end >= SHORTEST).map((end) => written.slice(0, end));
  return [written, ...shorter.reverse().slice(0, 4)];
}

/** Shorter numbers are not for everybody to dial from anywhere. */
const SHORTEST = 7;

function lookCloser(written: string, country: CountryCode | undefined): Place | undefined {
  // The country code's other spelling, which only a region's own rules would know; as long, so that places stay.
  const text = country ? written : written.replace(/^00/, ' +');
  const [found] = findPhoneNumbersInText(text, country);
  if (!found) return undefined;
  const { startsAt, endsAt, number } = found;
  // An order number is a possible number in many a country, but people dial and write the 0 where there is one.
  const needsZero = country !== undefined && /^\(?0/.test(number.formatNational());
  if (needsZero && !/^\(?[0+]/.test(text.slice(startsAt))) return undefined;
  return { start: text.startsWith(' +') && startsAt === 1 ? 0 : startsAt, end: endsAt };
}
