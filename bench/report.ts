import type { Sample } from './measure.ts';
import { groups, type Row } from './rows.ts';

/** What all measurements of one row amount to. */
export interface Result {
  row: Row;
  us: Spread;
  /** Of each round's cost to that round's cost of the group's first row. */
  ratio: Spread;
  perSecond: number;
  perMessage: number;
  busy: number;
  missed: number;
  /** Undefined where the row has no limit. */
  met: boolean | undefined;
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Sums up; `samples` has one sample per round for every row. */
export function summarize(samples: ReadonlyMap<Row, readonly Sample[]>): Result[] {
  const bases = new Map<string, readonly Sample[]>();
  return [...samples].map(([row, own]) => {
    const base = bases.get(row.group) ?? own;
    bases.set(row.group, base);
    const ratio = spread(own.map(({ us }, round) => us / (base[round]?.us ?? Number.NaN)));
    return {
      row,
      us: spread(own.map(({ us }) => us)),
      ratio,
      perSecond: spread(own.map(({ perSecond }) => perSecond)).median,
      perMessage: spread(own.map(({ perMessage }) => perMessage)).median,
      busy: spread(own.map(({ busy }) => busy)).median,
      missed: spread(own.map(({ missed }) => missed)).median,
      met: row.limit === undefined ? undefined : ratio.median <= row.limit,
    };
  });
}

/** Prints results for people, one table for each group. */
export function formatTables(results: readonly Result[]): string {
  return Object.entries(groups)
    .map(([name, { title, unit }]) => {
      const own = results.filter(({ row }) => row.group === name);
      if (own.length === 0) return '';
      const header = [
        '',
        `us/${unit}`,
        'min-max',
        'x',
        'min-max',
        `${unit}s/s`,
        'per message',
        'core',
        'budget',
      ];
      return `${title}\n${align([header, ...own.map(cells)])}\n\n`;
    })
    .join('');
}

function cells({ row, us, ratio, perSecond, perMessage, busy, missed, met }: Result): string[] {
  return [
    row.name,
    us.median.toFixed(1),
    `${us.min.toFixed(1)}-${us.max.toFixed(1)}`,
    ratio.median.toFixed(2),
    `${ratio.min.toFixed(2)}-${ratio.max.toFixed(2)}`,
    perSecond.toFixed(0),
    perMessage.toFixed(1),
    `${(busy * 100).toFixed(0)} %`,
    [
      ...(met === undefined ? [] : [`${row.limit}x ${met ? 'met' : 'NOT MET'}`]),
      ...(missed > 0.01 ? [`${(missed * 100).toFixed(0)} % missed`] : []),
    ].join(', '),
  ];
}

function align(lines: readonly string[][]): string {
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) => {
      const [name = '', ...figures] = line.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      );
      return `  ${[name, ...figures].join('  ')}`.trimEnd();
    })
    .join('\n');
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}
