import type { Ledger, UsageQuery } from '../../completion/ledger.ts';
import type { Now } from '../../completion/ports/now.ts';
import type { KeptUsage } from '../../config/config.ts';
import type { UsageRecord } from '../../gen/sluice/v1/usage_service.ts';
import { decodePageToken, encodePageToken, type Position } from '../page-token.ts';
import { beginningOf } from '../usage-lines.ts';
import type { TimeSpan } from '../usage-span.ts';

/** Dropped records leave a gap at the front, which is closed once it is this long, and half of all. */
const MIN_GAP = 1_024;

/** The records of calls, the newest ones up to a number and an age. */
export interface UsageRecords {
  add(record: UsageRecord): void;
  remove(record: UsageRecord): void;
  list: Ledger['list'];
  /** In no order. */
  within(span: TimeSpan): Iterable<UsageRecord>;
  /** From when on all records are there, in milliseconds since the epoch. */
  completeSince(): number;
}

export function createUsageRecords({
  usage: { retentionMs, maxRecords },
  now,
}: UsageRecordsOptions): UsageRecords {
  /** Those before `first` are dropped. Records come in nearly in order, and are put in order when somebody looks. */
  let records: UsageRecord[] = [];
  let first = 0;
  let sorted = true;
  let droppedUntil = Number.NEGATIVE_INFINITY;

  return {
    add(record) {
      const last = records.at(-1);
      if (last && compare(positionOf(last), positionOf(record)) > 0) sorted = false;
      records.push(record);
      if (records.length - first > maxRecords) dropFirst();
      const oldest = now() - retentionMs;
      while (first < records.length && beginningOf(records[first] as UsageRecord) < oldest) dropFirst();
      if (first >= MIN_GAP && 2 * first >= records.length) closeGap();
    },

    remove(record) {
      const at = records.lastIndexOf(record);
      if (at >= first) records.splice(at, 1);
    },

    async list({ from, to, key, pageSize, pageToken }) {
      const after = decodePageToken(pageToken);
      sort();
      const page: UsageRecord[] = [];
      const since = Math.max(from, now() - retentionMs);
      for (let n = endBefore(to, after) - 1; n >= first; n--) {
        const record = records[n] as UsageRecord;
        if (beginningOf(record) < since) break;
        if (key !== undefined && record.key !== key) continue;
        if (page.length === pageSize) return { records: page, nextPageToken: tokenOf(page) };
        page.push(record);
      }
      return { records: page, nextPageToken: '' };
    },

    *within({ from, to }) {
      for (let n = first; n < records.length; n++) {
        const record = records[n] as UsageRecord;
        const began = beginningOf(record);
        if (began >= from && began < to) yield record;
      }
    },

    completeSince: () => Math.max(now() - retentionMs, droppedUntil + 1),
  };

  function dropFirst(): void {
    droppedUntil = Math.max(droppedUntil, beginningOf(records[first] as UsageRecord));
    first += 1;
  }

  function closeGap(): void {
    records = records.slice(first);
    first = 0;
  }

  function sort(): void {
    closeGap();
    if (!sorted) records.sort((a, b) => compare(positionOf(a), positionOf(b)));
    sorted = true;
  }

  /** Index of the first record that is too late for a page, by bisection. */
  function endBefore(to: UsageQuery['to'], after: Position | undefined): number {
    let low = first;
    let high = records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const position = positionOf(records[middle] as UsageRecord);
      const early = position.time < to && (!after || compare(position, after) < 0);
      if (early) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface UsageRecordsOptions {
  usage: KeptUsage;
  now: Now;
}

function positionOf(record: UsageRecord): Position {
  return { time: beginningOf(record), id: record.id };
}

function compare(a: Position, b: Position): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

function tokenOf(page: readonly UsageRecord[]): string {
  return encodePageToken(positionOf(page.at(-1) as UsageRecord));
}
