/** Sorts ascending by a number that each item is asked for once; what is equal stays as it was. */
export function sortBy<Item>(items: readonly Item[], by: (item: Item) => number): Item[] {
  return items
    .map((item) => ({ item, value: by(item) }))
    .sort((a, b) => a.value - b.value)
    .map(({ item }) => item);
}
