import { DAY_MS, startOfDay } from '../calendar.ts';
import { GROUP_CHOICES, GROUP_LIMITS, groupFor, groupOf } from '../usage-groups.ts';
import { addCounts, type Counts, noCounts, type UsageGroup, type UsageLine } from '../usage-lines.ts';

/** Sums of usage by UTC day and group, exact for as long as a day is kept. */
export interface UsageDays {
  /** Adds lines to the day of a time, or takes them away again. */
  book(time: number, lines: readonly UsageLine[], sign: 1 | -1): void;
  /** What was used on the day that begins at a time. */
  groups(day: number): Iterable<[UsageGroup, Counts]>;
}

export function createUsageDays({ retentionMs }: { retentionMs: number }): UsageDays {
  const days = new Map<number, Map<string, Counts>>();

  return {
    book(time, lines, sign) {
      const day = startOfDay(time);
      const sums = days.get(day) ?? open(day);
      for (const line of lines) addCounts(sumOf(sums, line), line.counts, sign);
    },

    *groups(day) {
      for (const [group, counts] of days.get(day) ?? []) yield [groupOf(group), counts];
    },
  };

  function open(day: number): Map<string, Counts> {
    for (const each of days.keys()) if (each + DAY_MS + retentionMs <= day) days.delete(each);
    const sums = new Map<string, Counts>();
    days.set(day, sums);
    return sums;
  }
}

/** A group that has a sum keeps it, so that what is taken away leaves the sum that it went to. */
function sumOf(sums: Map<string, Counts>, line: UsageGroup): Counts {
  for (let choice = 0; choice < GROUP_CHOICES; choice++) {
    const group = groupFor(line, choice);
    const sum = sums.get(group);
    if (sum) return sum;
    if (sums.size >= (GROUP_LIMITS[choice] ?? Number.POSITIVE_INFINITY)) continue;
    const opened = noCounts();
    sums.set(group, opened);
    return opened;
  }
  throw new Error('unreachable: the last group has no limit');
}
