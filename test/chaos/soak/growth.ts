/** A count, after so many calls. */
export interface Point {
  calls: number;
  count: number;
}

/** What became of a count while calls went by. */
export interface Trend {
  /** Growth per thousand calls: the median over all pairs of points (P. K. Sen, 1968). */
  slope: number;
  /**
   * How likely so many rises among all pairs of points are where the order of the points means nothing (H. B. Mann,
   * 1945; M. G. Kendall).
   */
  chance: number;
}

/** One of a thousand counts that do not grow is taken for one that does, if it also grows by more than is tolerated. */
const LEAST_CHANCE = 0.001;

/**
 * Judges the trend of a series. By the order of the points rather than by a least-squares line: a sample that meets a
 * pool of connections on its way out is an outlier of a thousand objects, which a line would follow, and behind whose
 * noise a true leak of one object for a thousand calls would hide.
 */
export function trendOf(points: readonly Point[]): Trend {
  const pairs = points.flatMap((before, index) =>
    points.slice(index + 1).map((after) => ({ before, after })),
  );
  const slopes = pairs.map(
    ({ before, after }) => ((after.count - before.count) / (after.calls - before.calls)) * 1_000,
  );
  const falls = slopes.filter((slope) => slope < 0).length;
  // Pairs that are equal speak for neither.
  const ties = slopes.filter((slope) => slope === 0).length;
  return { slope: median(slopes), chance: chanceOfFalls(falls + ties / 2, points.length) };
}

/** Whether it grows by more than the tolerance, and not by chance. */
export function grows({ slope, chance }: Trend, tolerance: number): boolean {
  return slope > tolerance && chance < LEAST_CHANCE;
}

/** The fewest points of which a growth can be certain. */
export const LEAST_POINTS = 7;

/** The share of the orders of n points that have at most so many falls among their pairs. */
function chanceOfFalls(most: number, n: number): number {
  // ways[k]: how many orders of the points so far have k falls. One more point falls below 0 to all of them.
  let ways = [1];
  for (let points = 2; points <= n; points += 1) {
    const longer = Array<number>(ways.length + points - 1).fill(0);
    ways.forEach((count, falls) => {
      for (let more = 0; more < points; more += 1) longer[falls + more] = (longer[falls + more] ?? 0) + count;
    });
    ways = longer;
  }
  const all = ways.reduce((sum, count) => sum + count, 0);
  return ways.slice(0, Math.floor(most) + 1).reduce((sum, count) => sum + count, 0) / all;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
