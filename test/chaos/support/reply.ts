import { type Random, seededRandom } from '../../support/random.ts';

/** What a model says to a prompt, in the pieces in which a stream brings it. */
export interface Reply {
  reasoning: readonly string[];
  text: readonly string[];
  /** Pieces of the JSON of the one tool call, where the reply is one. */
  toolArguments: readonly string[];
}

/** What the request asks for beside text. */
export interface Wishes {
  reasons: boolean;
  callsTool: boolean;
}

export const TOOL_NAME = 'look_up';

/**
 * The one right answer to a prompt: the same from every provider, so that whoever asked can check each character of it,
 * and a model can go on where another one broke off. No word occurs twice in a text: a piece that is said again is then
 * a repetition and nothing else.
 */
export function replyTo(prompt: string, { reasons, callsTool }: Wishes): Reply {
  const random = seededRandom(hash(prompt));
  const words = createWords(random);
  const reasoning = spaced(words, 6 + random.below(8), random);
  const text = spaced(words, 12 + random.below(28), random);
  const json = JSON.stringify({
    place: words.next(),
    days: random.below(30),
    notes: [words.next(), words.next()],
  });
  return {
    reasoning: reasons ? reasoning : [],
    text: callsTool ? text.slice(0, 4) : text,
    toolArguments: callsTool ? split(json, random) : [],
  };
}

export function textOfReply({ text }: Reply): string {
  return text.join('');
}

/** Tokens are what the fake providers count: a piece is one. */
export function tokensOf(reply: Reply): number {
  return reply.reasoning.length + reply.text.length + reply.toolArguments.length;
}

export function tokensOfPrompt(prompt: string): number {
  return prompt.split(/\s+/).length;
}

/** FNV-1a, 32 bits, by Fowler, Noll and Vo. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}

/** Scripts whose characters take one, two, three and four bytes, and one that takes several of those. */
const ALPHABETS = ['abcdefghijklmnopqrstuvwxyz', 'äöüßéèçñ', 'αβγδλπσω', 'бджзлфщя', '日本語文字列']
  .map((letters) => [...letters])
  .concat([
    ['😀', '🚀', '🧵', '𝛼', '👩‍👩‍👧'],
    ['"', '\\', "'", '<', '&', '{'],
  ]);

/** Makes words of which no two are alike. */
function createWords(random: Random): { next(): string } {
  const said = new Set<string>();
  return {
    next() {
      for (;;) {
        const word = aWord(random);
        if (said.has(word)) continue;
        said.add(word);
        return word;
      }
    },
  };
}

function aWord(random: Random): string {
  // Most texts are mostly plain.
  const alphabet = ALPHABETS[random.below(2) === 0 ? 0 : random.below(ALPHABETS.length)] ?? [];
  const length = 2 + random.below(8);
  return Array.from({ length }, () => alphabet[random.below(alphabet.length)]).join('');
}

/** Words with the white space between them, which some models put in front of a word and others behind it. */
function spaced(words: { next(): string }, count: number, random: Random): string[] {
  const leads = random.below(2) === 0;
  return Array.from({ length: count }, (_, index) => {
    const space = ['\n', '\n\n', '  '][random.below(12)] ?? ' ';
    if (leads) return index === 0 ? words.next() : space + words.next();
    return index === count - 1 ? words.next() : words.next() + space;
  });
}

/** Cuts a text into pieces, though never a character. */
function split(text: string, random: Random): string[] {
  const pieces: string[] = [];
  const characters = [...text];
  while (characters.length > 0) pieces.push(characters.splice(0, 1 + random.below(8)).join(''));
  return pieces;
}
