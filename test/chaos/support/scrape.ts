/** Values of a Prometheus endpoint, by series: name and labels, as `sluice_completions_total{ending="STOP"}`. */
export type Series = ReadonlyMap<string, number>;

/** Labels that say where a series comes from, the same for all. */
const ORIGIN = /^otel_scope_/;

/** Reads the series of the given metrics, each with the labels that tell its members apart, sorted by name. */
export async function scrape(metricsUrl: string, names: readonly string[]): Promise<Series> {
  const response = await fetch(metricsUrl, { headers: { connection: 'close' } });
  const series = new Map<string, number>();
  for (const line of (await response.text()).split('\n')) {
    const [, name = '', labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (names.includes(name)) series.set(`${name}{${withoutOrigin(labels)}}`, Number(value));
  }
  return series;
}

/** What grew between two scrapes, and by how much. */
export function growth(before: Series, after: Series): Record<string, number> {
  const grown = [...after]
    .map(([name, value]): [string, number] => [name, value - (before.get(name) ?? 0)])
    .filter(([, by]) => by !== 0);
  return Object.fromEntries(grown);
}

/** The sum over all members of a metric. */
export function total(series: Series, metric: string): number {
  return [...series].reduce((sum, [name, value]) => (name.startsWith(`${metric}{`) ? sum + value : sum), 0);
}

function withoutOrigin(labels: string): string {
  return [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
    .filter(([, name = '']) => !ORIGIN.test(name))
    .map(([label]) => label)
    .sort()
    .join(',');
}
