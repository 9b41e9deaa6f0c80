import type { Recording } from './recordings.ts';

/** A recording, and whether some adapter is judged by it. */
export interface Covered {
  recording: Recording;
  judged: boolean;
}

/** Writes features by provider: how many recordings are judged, of how many there are where these are more. */
export function coverageTable(covered: readonly Covered[]): string {
  const providers = [...new Set(covered.map(({ recording }) => columnOf(recording)))].sort();
  const features = [...new Set(covered.flatMap(({ recording }) => recording.features))].sort();
  const rows = [
    ['', ...providers],
    ...['all', ...features].map((feature) => [
      feature,
      ...providers.map((provider) =>
        cell(
          covered.filter(
            ({ recording }) =>
              columnOf(recording) === provider && (feature === 'all' || recording.features.includes(feature)),
          ),
        ),
      ),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

/** All servers that speak OpenAI's API are one column. */
function columnOf({ provider }: Recording): string {
  return provider.replace(/:.*/, '');
}

function cell(of: readonly Covered[]): string {
  const judged = of.filter(({ judged }) => judged).length;
  if (of.length === 0) return '';
  return judged === of.length ? `${judged}` : `${judged}/${of.length}`;
}
