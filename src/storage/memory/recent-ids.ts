/** Remembers ids: at least the last ones up to half of the limit, and never more than the limit. */
export interface RecentIds {
  has(id: string): boolean;
  add(id: string): void;
}

/** Two sets that take turns: one is added to, and once it is full, the other one is forgotten. No id is looked for to drop it. */
export function createRecentIds({ limit }: { limit: number }): RecentIds {
  let current = new Set<string>();
  let before = new Set<string>();

  return {
    has: (id) => current.has(id) || before.has(id),
    add(id) {
      if (current.size >= limit / 2) {
        before = current;
        current = new Set();
      }
      current.add(id);
    },
  };
}
