import type { Breach, Violation } from '../support/judge.ts';
import type { Made } from '../support/random-call.ts';
import { grows, type Point, type Trend, trendOf } from './growth.ts';
import type { Sample } from './sample.ts';

/** All that a soak has found out. */
export interface Findings {
  /** Calls by how they ended, for the caller. */
  endings: Map<string, number>;
  violations: Violation[];
  /** Calls that were not settled exactly once. */
  unsettled: string[];
  /** Settled calls, by the gateway's log and by its metric. */
  settledByLog: number;
  settledByMetric: number;
  /** Whether the first minute under load was over when the first sample was taken. */
  isWarm: boolean;
  /** Of the time that is judged for growth. */
  samples: { calls: number; sample: Sample }[];
  /** Exit code, or the signal that ended the process. */
  exit: number | NodeJS.Signals | undefined;
}

interface Growing {
  of(sample: Sample): number;
  /** Growth for a thousand calls that is none. */
  tolerance: number;
  /** The same within the first minute, in which code is still compiled and each series of the metrics is met first. */
  early: number;
  unit: string;
}

/** Below every object that each call, or one of two thousand, could leave behind. */
const GROWING: Record<string, Growing> = {
  heap: { of: ({ heapBytes }) => heapBytes / 1_024, tolerance: 20, early: 500, unit: 'KiB' },
  sockets: exactly(({ sockets }) => sockets),
  timers: exactly(({ timers }) => timers),
  AbortController: exactly(({ objects }) => objects.AbortController),
  AbortSignal: exactly(({ objects }) => objects.AbortSignal),
  'Function, listeners': { ...exactly(({ objects }) => objects.Function), early: 20 },
  'Object, all of them': { ...exactly(({ objects }) => objects.Object), early: 200 },
};

/** What is the same at every rest. */
function exactly(of: Growing['of']): Growing {
  return { of, tolerance: 0.5, early: 0.5, unit: '' };
}

/** Adds up how calls ended. */
export function countEndings(endings: Map<string, number>, made: readonly Made[]): void {
  for (const { seen } of made) {
    const ending =
      seen.error?.reason ??
      (seen.answer?.execution?.cacheStatus ?? '').replace(/^CACHE_STATUS_/, 'answered, cache ');
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  }
}

/** Whether nothing was wrong, and all of it in words. */
export function report(findings: Findings): { passed: boolean; text: string } {
  const { endings, violations, unsettled, settledByLog, settledByMetric, isWarm, samples, exit } = findings;
  const calls = [...endings.values()].reduce((sum, count) => sum + count, 0);
  const warnings = samples.at(-1)?.sample.warnings ?? [];
  const trends = Object.entries(GROWING).map(([name, { of, early, unit, ...warm }]) => {
    const tolerance = isWarm ? warm.tolerance : early;
    const points = samples.map(({ calls, sample }): Point => ({ calls, count: of(sample) }));
    const trend = trendOf(points);
    return { name, unit, points, trend, tolerance, tooMuch: grows(trend, tolerance) };
  });
  const breaches = (breach: Breach) => violations.filter((one) => one.breach === breach).length;
  const lines = [
    '',
    line('calls', calls),
    ...[...endings].toSorted(([, a], [, b]) => b - a).map(([ending, count]) => line(`  ${ending}`, count)),
    line('wrong answers', breaches('wrong answer')),
    line('truncated successes', breaches('truncated success')),
    line('wrong errors', breaches('wrong error')),
    line('wrong accounts of attempts or usage', breaches('wrong attempts') + breaches('wrong usage')),
    line('connections or calls left behind', breaches('left behind')),
    line('settled, by log', settledByLog),
    line('settled, by metric', settledByMetric),
    line('not settled exactly once', unsettled.length),
    line('warnings of the process', warnings.length),
    line('exit code', exit ?? 'none'),
    '',
    `Growth for 1,000 calls, at rest after a full collection, in ${samples.length} samples: Sen's slope, and how likely such a`,
    'series is by chance (Mann-Kendall). Too much is a slope above the tolerance with a chance below 0.001.',
    '',
    row('', 'first', 'last', 'slope', 'chance', 'tolerance'),
    ...trends.map(describeTrend),
    '',
    ...[...violations.map(({ breach, what }) => `${breach}: ${what}`), ...unsettled, ...warnings].slice(
      0,
      20,
    ),
  ];
  const passed =
    violations.length === 0 &&
    unsettled.length === 0 &&
    warnings.length === 0 &&
    settledByLog === settledByMetric &&
    exit === 0 &&
    !trends.some(({ tooMuch }) => tooMuch);
  return { passed, text: `${lines.join('\n')}\n${passed ? 'Passed.' : 'FAILED.'}\n` };
}

function describeTrend({
  name,
  unit,
  points,
  trend: { slope, chance },
  tolerance,
  tooMuch,
}: {
  name: string;
  unit: string;
  points: readonly Point[];
  trend: Trend;
  tolerance: number;
  tooMuch: boolean;
}): string {
  const whole = (point: Point | undefined) => Math.round(point?.count ?? 0).toLocaleString('en');
  const cells = [
    whole(points[0]),
    whole(points.at(-1)),
    slope.toFixed(2),
    chance.toFixed(4),
    `${tolerance} ${unit}`,
  ];
  return `${row(name, ...cells)}${tooMuch ? '  GROWS' : ''}`;
}

function row(name: string, ...cells: string[]): string {
  return `  ${name.padEnd(22)}${cells.map((cell) => cell.padStart(11)).join('')}`;
}

function line(name: string, value: number | string): string {
  return `${name.padEnd(40)}${value.toLocaleString('en').padStart(12)}`;
}
