/**
 * Makes one of the many spellings of a text: compatibility forms (Unicode NFKC), what is invisible left out, no accents,
 * small letters, Latin letters in the place of Cyrillic look-alikes within Latin words.
 */
export function normalize(text: string): string {
  // Most texts are ASCII, and have one spelling.
  if (/^\p{ASCII}*$/u.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}\u115f\u3164]/gu, '')
    .replace(/[\p{Script=Latin}\p{Script=Cyrillic}]+/gu, (word) => (isMixed(word) ? inLatin(word) : word))
    .toLowerCase()
    .replaceAll('ß', 'ss');
}

/** Digits and signs read as the letters that they look like, in words that have both; undefined where there are none. */
export function withoutLeetspeak(text: string): string | undefined {
  if (!/[a-z][0134579@$][a-z]|\b[0134579@$][a-z]{2}/.test(text)) return undefined;
  return text.replace(/[a-z0134579@$]+/g, (word) =>
    /[a-z]/.test(word) ? word.replace(/[0134579@$]/g, (sign) => letters[sign] ?? sign) : word,
  );
}

const letters: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '9': 'g',
  '@': 'a',
  $: 's',
};

function isMixed(word: string): boolean {
  return /\p{Script=Latin}/u.test(word) && /\p{Script=Cyrillic}/u.test(word);
}

function inLatin(word: string): string {
  return word.replace(/\p{Script=Cyrillic}/gu, (letter) => lookalikes[letter.toLowerCase()] ?? letter);
}

const lookalikes: Readonly<Record<string, string>> = {
  а: 'a',
  в: 'b',
  с: 'c',
  е: 'e',
  һ: 'h',
  і: 'i',
  ј: 'j',
  к: 'k',
  м: 'm',
  о: 'o',
  р: 'p',
  ѕ: 's',
  т: 't',
  у: 'y',
  х: 'x',
};
