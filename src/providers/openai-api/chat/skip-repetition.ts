/** Keeps out of an answer the beginning that the request gave it. */
export interface RepetitionSkipper {
  /** Takes what was said next, and returns what of it is surely no repetition. */
  push(text: string): string;
  /** What was held back, if it turned out to be no repetition. */
  end(): string;
}

/** Creates the skipper of one answer, of a server that repeats the beginning first, in pieces of any size. */
export function createRepetitionSkipper(beginning: string): RepetitionSkipper {
  let held: string | undefined = '';
  return {
    push(text) {
      if (held === undefined) return text;
      held += text;
      if (held.length < beginning.length && beginning.startsWith(held)) return '';
      const said = held.startsWith(beginning) ? held.slice(beginning.length) : held;
      held = undefined;
      return said;
    },
    end() {
      // White space at the end is repeated with what follows it, and nothing may.
      const said = held === beginning.trimEnd() ? '' : (held ?? '');
      held = undefined;
      return said;
    },
  };
}
