/** Does one thing; several that come in one turn of the event loop are done at once. */
export type Together<Item, Result> = (item: Item) => Promise<Result>;

/**
 * Creates a {@link Together}, for what costs more one at a time. `all` is given at most `most` items, and says of each, in the
 * same order, what came of it; an Error rejects that one. Where `all` itself rejects, so does each.
 */
export function together<Item, Result>(
  all: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>,
  { most }: { most: number },
): Together<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];

  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush, waiting);
      waiting.push({ item, resolve, reject });
      if (waiting.length === most) waiting = [];
    });

  function flush(batch: readonly Waiting<Item, Result>[]): void {
    if (batch === waiting) waiting = [];
    const failAll = (error: unknown) => {
      for (const { reject } of batch) reject(error);
    };
    all(batch.map(({ item }) => item)).then((results) => {
      for (const [n, { resolve, reject }] of batch.entries()) {
        const result = results[n] as Result | Error;
        if (result instanceof Error) reject(result);
        else resolve(result);
      }
    }, failAll);
  }
}

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}
