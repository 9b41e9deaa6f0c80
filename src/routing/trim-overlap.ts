/** Takes from the beginning of a continuation what repeats the end of the text that it continues. */
export interface OverlapTrimmer {
  /** More of the continuation; returns what of it may be shown by now. */
  add(text: string): string;
  /** The continuation's text ends here, or is interrupted by something else; returns what was still held back. */
  end(): string;
}

/**
 * Creates a trimmer for what follows `said`. A model that is given the beginning of an answer mostly goes on where that
 * ends, but some say the last words again, or the whole beginning, and white space at the end was not even sent to them.
 *
 * The longest overlap is trimmed, if it is one: white space; or some words, which begin where a word does and hold three
 * letters (`sa` and `sandwich` are one word cut in two, and `0, 0, ` may well go on with `0, `); or in long runs without
 * spaces, as of Chinese, eight characters. A word that was truly meant twice at the very seam is lost by it: rarer than
 * the other, and less noticed. Text is held back only while it may still be a repetition.
 */
export function createOverlapTrimmer(said: string): OverlapTrimmer {
  let held = '';
  let done = said === '';

  return {
    add(text) {
      if (done) return text;
      held += text;
      return mayBeLonger() ? '' : release();
    },
    end: () => (done ? '' : release()),
  };

  /** Whether more text could still show a longer overlap: all that is held stands in `said` before its end. */
  function mayBeLonger(): boolean {
    const at = said.indexOf(held);
    return at >= 0 && at < said.length - held.length;
  }

  function release(): string {
    done = true;
    return held.slice(overlapOf(said, held));
  }
}

/** How many characters at the end of `said` are the beginning of `next`, and look like a repetition. */
function overlapOf(said: string, next: string): number {
  for (let length = Math.min(said.length, next.length); length > 0; length--) {
    const from = said.length - length;
    if (said[from] !== next[0] || !next.startsWith(said.slice(from))) continue;
    if (isRepetition(said, from)) return length;
  }
  return 0;
}

function isRepetition(said: string, from: number): boolean {
  const overlap = said.slice(from);
  if (overlap.trim() === '') return true;
  const letters = overlap.match(/\p{L}/gu)?.length ?? 0;
  if (from === 0) return letters >= 2;
  if (letters < 3) return false;
  return overlap.length >= LONG || isWordStart(said, from);
}

/** No accident at a seam. */
const LONG = 8;

function isWordStart(text: string, at: number): boolean {
  return !(
    /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, at - 2), at)) && /^[\p{L}\p{N}]/u.test(text.slice(at))
  );
}
