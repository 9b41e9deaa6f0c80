/** Finds the name that was probably meant: the same but for case and separators, or at most two slips away. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const meant = plain(name);
  const [nearest] = known
    .map((candidate) => ({ candidate, slips: editDistance(meant, plain(candidate)) }))
    .filter(({ candidate, slips }) => slips <= Math.min(2, Math.floor(candidate.length / 3)))
    .sort((one, other) => one.slips - other.slips);
  return nearest?.candidate;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/g, '');
}

/** Levenshtein's distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
