/** Keeps a stop text out of an answer, as far as the answer has been told. */
export interface StopTrimmer {
  /** Takes what was generated next, and returns what of it is surely not the beginning of a stop text. */
  push(text: string): string;
  /** What was held back, without the stop text that was met. */
  end(stopped: boolean): string;
}

/** Creates the trimmer of one answer: TGI ends its answer with the stop text that it met, others leave it out. */
export function createStopTrimmer(stops: readonly string[]): StopTrimmer {
  let held = '';
  return {
    push(text) {
      const said = held + text;
      const length = Math.max(0, ...stops.map((stop) => overlap(said, stop)));
      held = said.slice(said.length - length);
      return said.slice(0, said.length - length);
    },
    end(stopped) {
      const met = stopped ? stops.filter((stop) => held.endsWith(stop)) : [];
      return held.slice(0, held.length - Math.max(0, ...met.map((stop) => stop.length)));
    },
  };
}

/** How much of the end of a text is the beginning of a stop text, or all of it. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
