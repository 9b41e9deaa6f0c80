/** A straight line through what was counted, with how far it may be from the truth. */
export interface Trend {
  /** Growth per thousand calls, by least squares. */
  slope: number;
  /** What chance alone makes of no growth, in one case of a thousand. */
  noise: number;
}

/** A count, after so many calls. */
export interface Point {
  calls: number;
  count: number;
}

/**
 * Student's t, one-sided, at 99.9 %, by degrees of freedom: where the noise is normal, one of a thousand series that do
 * not grow has a slope of more than so many of its standard errors.
 */
const T_999: readonly (readonly [degrees: number, t: number])[] = [
  [1, 318.3],
  [2, 22.33],
  [3, 10.21],
  [4, 7.173],
  [5, 5.893],
  [6, 5.208],
  [8, 4.501],
  [10, 4.144],
  [15, 3.733],
  [20, 3.552],
  [30, 3.385],
  [60, 3.232],
];

/** Fits a line to the points, of which there must be at least three. */
export function trendOf(points: readonly Point[]): Trend {
  if (points.length < 3) throw new Error('a trend needs at least three points');
  const n = points.length;
  const xs = points.map(({ calls }) => calls / 1_000);
  const ys = points.map(({ count }) => count);
  const [x, y] = [mean(xs), mean(ys)];
  const spread = sum(xs.map((one) => (one - x) ** 2));
  const slope = sum(xs.map((one, i) => (one - x) * ((ys[i] ?? 0) - y))) / spread;
  const residuals = sum(xs.map((one, i) => ((ys[i] ?? 0) - y - slope * (one - x)) ** 2));
  const standardError = Math.sqrt(residuals / (n - 2) / spread);
  return { slope, noise: standardError * quantile(n - 2) };
}

/** Whether it grows by more than the tolerance, beyond what chance explains. */
export function grows({ slope, noise }: Trend, tolerance: number): boolean {
  return slope - noise > tolerance;
}

/** For degrees that the table lacks, the next lower one, which is the more careful. */
function quantile(degrees: number): number {
  return T_999.findLast(([least]) => least <= degrees)?.[1] ?? Number.POSITIVE_INFINITY;
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
