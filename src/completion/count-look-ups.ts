import type { AnswerCache } from './ports.ts';

/** How a cache has done since this process began. */
export interface LookUpCounts {
  readonly hits: number;
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
        const answer = await cache.get(key);
        if (answer) {
          counts.hits += 1;
          counts.savedNanoUsd += answer.cost?.nanoUsd ?? 0;
        } else {
          counts.misses += 1;
        }
        return answer;
      },
    },
  };
}
