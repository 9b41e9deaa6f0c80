import { LRUCache } from 'lru-cache';

/** Callers name models freely, so what is remembered of them is bounded. */
const REMEMBERED = 1_000;

/** Remembers what is found out about a model from its name, since every call asks again; of the last 1,000 models. */
export function byModel<Found extends object>(find: (model: string) => Found): (model: string) => Found {
  const known = new LRUCache<string, Found>({ max: REMEMBERED });

  return (model) => {
    let found = known.get(model);
    if (!found) {
      found = find(model);
      known.set(model, found);
    }
    return found;
  };
}
