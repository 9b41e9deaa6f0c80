import { describe, expect, it } from 'vitest';
import { createOverlapTrimmer } from '../../../src/routing/trim-overlap.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';

/** The whole text, with the continuation coming in these pieces. */
function joined(said: string, pieces: readonly string[]): string {
  const trimmer = createOverlapTrimmer(said);
  return said + pieces.map((piece) => trimmer.add(piece)).join('') + trimmer.end();
}

describe('a continuation', () => {
  it.each([
    ['goes on where the text ends', 'The quick', ' brown fox', 'The quick brown fox'],
    ['repeats the last words', 'The quick brown fox', 'brown fox jumps', 'The quick brown fox jumps'],
    [
      'repeats them with the space before',
      'The quick brown fox',
      ' brown fox jumps',
      'The quick brown fox jumps',
    ],
    ['repeats the whole text', 'The quick', 'The quick brown', 'The quick brown'],
    ['says a word again that was cut', 'The quick bro', 'brown fox', 'The quick brown fox'],
    ['brings the space that was not sent', 'The quick ', ' brown', 'The quick brown'],
    ['brings the lines that were not sent', 'One.\n', '\n\nTwo.', 'One.\n\nTwo.'],
    ['does not bring the space', 'The quick ', 'brown', 'The quick brown'],
    ['goes on in a word that begins alike', 'of sa', 'sandwich', 'of sasandwich'],
    ['goes on in a word', 'hel', 'lo', 'hello'],
    ['goes on with equal numbers', '1, 0, 0, ', '0, 0, 7', '1, 0, 0, 0, 0, 7'],
    ['goes on in a number', 'It is 100', '100 too', 'It is 100100 too'],
    [
      'repeats Chinese',
      '我们今天一起去公园散步吧',
      '今天一起去公园散步吧,好吗',
      '我们今天一起去公园散步吧,好吗',
    ],
    ['goes on in Chinese', '我们今天', '天气好', '我们今天天气好'],
    ['repeats nothing but itself', 'abc', 'xyz xyz', 'abcxyz xyz'],
    ['is empty', 'The quick', '', 'The quick'],
    ['repeats the text and ends', 'The quick', 'quick', 'The quick'],
  ])('that %s', (_, said, continuation, whole) => {
    expect(joined(said, [continuation])).toBe(whole);
    expect(joined(said, [...continuation])).toBe(whole);
  });

  it('is held back no longer than it may be a repetition', () => {
    const trimmer = createOverlapTrimmer('The cat sat on the mat');
    expect(trimmer.add('the')).toBe('');
    expect(trimmer.add(' ma')).toBe('');
    expect(trimmer.add('p')).toBe('the map');
    expect(trimmer.add(' the mat')).toBe(' the mat');
  });

  const seed = testSeed();
  it(`gives the whole text, however it was cut, repeated and split (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 2_000; round++) {
      const text = aText(random);
      const cut = 1 + random.below(text.length - 1);
      const said = text.slice(0, cut);
      // Models get the text without white space at its end, and some begin at a word before that again.
      const from = random.below(2) === 0 ? said.trimEnd().length : aWordBefore(said, random);
      const whole = joined(said, random.split(text.slice(from)));
      expect(whole, JSON.stringify({ said, from, seed, round })).toBe(text);
    }
  });
});

/** Words of which none comes twice, nor any letter in a word, so that whatever repeats is a repetition. */
function aText(random: Random): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzäöüßéñ日本語한국어';
  const count = 4 + random.below(30);
  const words = Array.from({ length: count }, (_, at) => {
    const word = new Set(
      Array.from({ length: 2 + random.below(7) }, () => letters[random.below(letters.length)]),
    );
    return `${[...word].join('')}q${at}x`;
  });
  return words.reduce(
    (text, word) => `${text}${[' ', ' ', ' ', ', ', '.\n\n', '\n'][random.below(6)]}${word}`,
  );
}

/** Where one of the last words begins that hold enough letters to be told. */
function aWordBefore(said: string, random: Random): number {
  const starts = [...said.matchAll(/(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu)].map(({ index }) => index);
  const longEnough = starts.filter((at) => (said.slice(at).match(/\p{L}/gu)?.length ?? 0) >= 3);
  return longEnough.at(-1 - random.below(longEnough.length)) ?? said.trimEnd().length;
}
