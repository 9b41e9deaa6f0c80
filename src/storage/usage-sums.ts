import { UsageDimension, type UsageSummary } from '../gen/sluice/v1/usage_service.ts';
import { addCounts, COUNTERS, type Counts, noCounts, type UsageGroup } from './usage-lines.ts';

/** Sums of usage, grouped as asked. */
export interface UsageSums {
  /** Adds what a group used on a day, such as `2026-11-27`. */
  add(group: UsageGroup, day: string, counts: Counts): void;
  /** Dearest first, then by group. */
  summaries(): UsageSummary[];
}

export function createUsageSums({ groupBy, key }: UsageSumsOptions): UsageSums {
  const sums = new Map<string, { group: string[]; counts: Counts }>();
  // One total is asked for, and nothing used is one as well.
  if (groupBy.length === 0) sums.set('[]', { group: [], counts: noCounts() });

  return {
    add(used, day, counts) {
      if (key !== undefined && used.key !== key) return;
      // What was lost and turned out otherwise leaves a group of nothing.
      if (COUNTERS.every((counter) => counts[counter] === 0)) return;
      const group = groupBy.map((dimension) => memberOf(dimension, used, day));
      const id = JSON.stringify(group);
      const sum = sums.get(id) ?? { group, counts: noCounts() };
      sums.set(id, sum);
      addCounts(sum.counts, counts);
    },

    summaries() {
      return [...sums.values()].map(({ group, counts }) => ({ group, ...counts })).sort(dearestFirst);
    },
  };
}

export interface UsageSumsOptions {
  groupBy: readonly UsageDimension[];
  /** Only what this key used; undefined: all. */
  key: string | undefined;
}

function memberOf(dimension: UsageDimension, group: UsageGroup, day: string): string {
  switch (dimension) {
    case UsageDimension.KEY:
      return group.key;
    case UsageDimension.PROVIDER:
      return group.provider;
    case UsageDimension.MODEL:
      return group.model;
    case UsageDimension.END_USER:
      return group.endUser;
    case UsageDimension.DAY:
      return day;
    default:
      throw new TypeError(`group_by holds ${dimension}: expected a dimension of usage`);
  }
}

function dearestFirst(a: UsageSummary, b: UsageSummary): number {
  if (a.costNanoUsd !== b.costNanoUsd) return b.costNanoUsd - a.costNanoUsd;
  for (const [n, text] of a.group.entries()) {
    const other = b.group[n] ?? '';
    if (text !== other) return text < other ? -1 : 1;
  }
  return 0;
}
