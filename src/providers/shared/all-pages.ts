/** A page of a list of names, and what the next page is asked for by; undefined on the last one. */
export interface Page {
  names: string[];
  next: string | undefined;
}

/** Far above what any vendor has: a list that goes on is one that goes round. */
const MAX_PAGES = 100;

/**
 * Reads a list to its end, each name once. A page that asks for one that has been read ends it, as does the hundredth.
 *
 * @param read - reads the first page, or the one that `next` of the page before asks for.
 */
export async function allPages(read: (next: string | undefined) => Promise<Page>): Promise<string[]> {
  const names = new Set<string>();
  const asked = new Set<string | undefined>();
  let next: string | undefined;
  do {
    asked.add(next);
    const page = await read(next);
    for (const name of page.names) names.add(name);
    next = page.next || undefined;
  } while (next !== undefined && !asked.has(next) && asked.size < MAX_PAGES);
  return [...names];
}
