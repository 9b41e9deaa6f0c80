import type { Ledger } from '../../completion/ledger.ts';
import type { Now } from '../../completion/ports/now.ts';
import type { KeptUsage } from '../../config/config.ts';
import type { UsageRecord } from '../../gen/sluice/v1/usage_service.ts';
import { dayOf } from '../calendar.ts';
import { beginningOf, linesOf } from '../usage-lines.ts';
import { splitSpan } from '../usage-span.ts';
import { createUsageSums } from '../usage-sums.ts';
import { createUsageDays } from './usage-days.ts';
import { createUsageRecords } from './usage-records.ts';

/** Who used what: records of calls, and sums of days. */
export interface MemoryUsage extends Pick<Ledger, 'summarize' | 'list'> {
  add(record: UsageRecord): void;
  /** Undoes {@link MemoryUsage.add}. */
  remove(record: UsageRecord): void;
}

export function createMemoryUsage({ usage, now }: { usage: KeptUsage; now: Now }): MemoryUsage {
  const records = createUsageRecords({ usage, now });
  const days = createUsageDays(usage);

  return {
    add(record) {
      records.add(record);
      days.book(beginningOf(record), linesOf(record), 1);
    },

    remove(record) {
      records.remove(record);
      days.book(beginningOf(record), linesOf(record), -1);
    },

    async summarize(query) {
      const span = splitSpan(query, {
        now: now(),
        retentionMs: usage.retentionMs,
        recordsSince: records.completeSince(),
      });
      const sums = createUsageSums(query);
      for (const day of span.days) {
        for (const [group, counts] of days.groups(day)) sums.add(group, dayOf(day), counts);
      }
      for (const part of span.parts) {
        for (const record of records.within(part)) {
          for (const line of linesOf(record)) sums.add(line, dayOf(part.from), line.counts);
        }
      }
      return sums.summaries();
    },

    list: records.list,
  };
}
