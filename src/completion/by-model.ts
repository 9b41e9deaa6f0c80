/** Callers name models freely, so what is remembered of them is bounded. */
const REMEMBERED = 1_000;

/** Remembers what is found out about a model from its name, since every call asks again; past 1,000 models it begins anew. */
export function byModel<Found extends object>(find: (model: string) => Found): (model: string) => Found {
  const known = new Map<string, Found>();

  return (model) => {
    const before = known.get(model);
    if (before) return before;
    if (known.size === REMEMBERED) known.clear();
    const found = find(model);
    known.set(model, found);
    return found;
  };
}
