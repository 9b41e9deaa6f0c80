import type { AnswerCache } from './ports.ts';

/** How a cache has done since this process began. */
export interface LookUpCounts {
  readonly hits: number;
  /** Also those that found a stale answer: whether it is served is decided later, and it saves nobody a call. */
  readonly misses: number;
  /** What hits saved, in billionths of a US dollar. */
  readonly savedNanoUsd: number;
}

/** Counts the look-ups of a cache; otherwise it is the cache. */
export function countLookUps(cache: AnswerCache): { cache: AnswerCache; counts: LookUpCounts } {
  const counts = { hits: 0, misses: 0, savedNanoUsd: 0 };
  return {
    counts,
    cache: {
      ...cache,
      async get(key) {
        const stored = await cache.get(key);
        if (stored?.fresh) {
          counts.hits += 1;
          counts.savedNanoUsd += stored.answer.cost?.nanoUsd ?? 0;
        } else {
          counts.misses += 1;
        }
        return stored;
      },
    },
  };
}
