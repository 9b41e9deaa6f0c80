import type { StoredAnswer } from './ports/cache.ts';

/** How a cache has done since this process began. */
export interface LookUps {
  /** Answers to calls that were replayed. */
  readonly hits: number;
  /** Also those that found a stale answer: whether it is served is decided later, and it saves nobody a call. */
  readonly misses: number;
  /** What hits saved, in billionths of a US dollar. */
  readonly savedNanoUsd: number;
  /** Notes what a call was given. */
  note(stored: StoredAnswer | undefined): void;
}

/** Counts the look-ups of the calls that run; those of calls that are refused say nothing. */
export function countLookUps(): LookUps {
  const counts = {
    hits: 0,
    misses: 0,
    savedNanoUsd: 0,
    note(stored: StoredAnswer | undefined) {
      if (stored?.fresh) {
        counts.hits += 1;
        counts.savedNanoUsd += stored.answer.cost?.nanoUsd ?? 0;
      } else {
        counts.misses += 1;
      }
    },
  };
  return counts;
}
