import type { Span } from './span.ts';

/**
 * Finds numbers of payment cards (ISO/IEC 7812): the digits of an issuer, in a length that it uses, grouped as on a card
 * or not at all, with a check digit that is right.
 */
export function findCards(text: string): Span[] {
  return [...text.matchAll(candidate)]
    .filter(([whole]) => isCard(whole.replace(/\D/g, '')))
    .map(({ 0: { length }, index }) => ({ kind: 'card', start: index, end: index + length }));
}

// Not within a word, a decimal fraction or a longer number.
const candidate =
  /(?<!\w|\d[.-])(?:\d{4}([ \u00a0-])\d{4}\1\d{4}\1\d{4}|\d{4}([ \u00a0-])\d{6}\2\d{4,5}|\d{12,19})(?!\w|[.-]\d)/g;

function isCard(digits: string): boolean {
  return (
    issuers.some(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits)) &&
    hasLuhnDigit(digits)
  );
}

const from16 = [16, 17, 18, 19];

/** Issuer identification numbers, by the schemes' own tables (en.wikipedia.org/wiki/Payment_card_number sums them up). */
const issuers: readonly { prefix: RegExp; lengths: readonly number[] }[] = [
  // Visa
  { prefix: /^4/, lengths: [13, 16, 19] },
  // Mastercard: 51 to 55, and 2221 to 2720
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  // American Express
  { prefix: /^3[47]/, lengths: [15] },
  // Diners Club
  { prefix: /^(?:30[0-5]|3095|36|3[89])/, lengths: [14, ...from16] },
  // Discover
  { prefix: /^(?:6011|64[4-9]|65)/, lengths: from16 },
  // JCB: 3528 to 3589
  { prefix: /^35(?:2[89]|[3-8])/, lengths: from16 },
  // UnionPay
  { prefix: /^62/, lengths: from16 },
  // Maestro; shorter ones are no longer issued, and would be found in every tenth order number.
  { prefix: /^(?:5018|5020|5038|5893|6304|6759|676[1-3])/, lengths: from16 },
  // Mir: 2200 to 2204
  { prefix: /^220[0-4]/, lengths: from16 },
];

/** The check digit of ISO/IEC 7812-1, annex B: every second digit from the right doubled, the digits' sum divisible by 10. */
function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = digit * 2;
    sum += place % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
