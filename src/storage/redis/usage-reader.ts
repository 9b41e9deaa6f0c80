import type { Ledger, UsageQuery } from '../../completion/ledger.ts';
import type { Now } from '../../completion/ports/now.ts';
import type { KeptUsage } from '../../config/config.ts';
import type { UsageRecord } from '../../gen/sluice/v1/usage_service.ts';
import { DAY_MS, dayOf, startOfDay } from '../calendar.ts';
import { decodePageToken, encodePageToken } from '../page-token.ts';
import { groupOf } from '../usage-groups.ts';
import { COUNTERS, type Counts, linesOf, noCounts } from '../usage-lines.ts';
import { splitSpan, type TimeSpan } from '../usage-span.ts';
import { createUsageSums } from '../usage-sums.ts';
import type { RedisConnection } from './connection.ts';
import { idOfMember, indexMember, type LedgerKeys, paddedTime, timeOfMember } from './ledger-keys.ts';
import { isReplyError } from './reply-error.ts';
import { decodeStoredRecord } from './stored-record.ts';

/** Groups, or records, that are read per command: few enough for the time limit of one, and that Redis is not held up. */
const BATCH = 500;

/** Reads from Redis who used what. */
export function createUsageReader({
  redis,
  keys,
  usage: { retentionMs },
  now,
}: UsageReaderOptions): Pick<Ledger, 'summarize' | 'list'> {
  return {
    async summarize(query) {
      const time = now();
      const span = splitSpan(query, { now: time, retentionMs, recordsSince: time - retentionMs });
      const sums = createUsageSums(query);
      for (const day of span.days) {
        for (const [group, counts] of await readDay(keys.day(day))) {
          sums.add(groupIn(keys.day(day), group), dayOf(day), counts);
        }
      }
      for (const part of span.parts) {
        const index = keys.index(part.from, query.key);
        let end = endOf(part.to);
        for (;;) {
          const members = await readIndex(index, part, end, BATCH);
          for (const record of await readRecords(members)) {
            for (const line of linesOf(record)) sums.add(line, dayOf(part.from), line.counts);
          }
          if (members.length < BATCH) break;
          end = `(${members.at(-1)}`;
        }
      }
      return sums.summaries();
    },

    async list({ from, to, key, pageSize, pageToken }) {
      const after = decodePageToken(pageToken);
      const time = now();
      const since = Math.max(from, time - retentionMs);
      // Clocks of replicas differ; nobody is a day ahead.
      const until = Math.min(to, startOfDay(time) + 2 * DAY_MS);
      const members: string[] = [];
      let end = after ? `(${indexMember(after.time, after.id)}` : endOf(until);
      for (
        let day = startOfDay(after ? Math.min(after.time, until - 1) : until - 1);
        day + DAY_MS > since;
        day -= DAY_MS
      ) {
        const wanted = pageSize + 1 - members.length;
        members.push(...(await readIndex(keys.index(day, key), { from: since, to: until }, end, wanted)));
        if (members.length > pageSize) break;
        end = endOf(day);
      }
      const page = members.slice(0, pageSize);
      const last = members.length > pageSize ? page.at(-1) : undefined;
      return { records: await readRecords(page), nextPageToken: last === undefined ? '' : tokenOf(last) };
    },
  };

  /** By pages, so that a day of many groups does not hold up Redis. One that is met twice is the same group. */
  async function readDay(key: string): Promise<Map<string, Counts>> {
    const groups = new Map<string, Counts>();
    let cursor = '0';
    do {
      const [next, found] = await redis
        .run((client) => client.hscan(key, cursor, 'COUNT', BATCH))
        .catch(naming(key));
      for (let n = 0; n + 1 < found.length; n += 2) {
        groups.set(found[n] as string, countsIn(key, found[n + 1] as string));
      }
      cursor = next;
    } while (cursor !== '0');
    return groups;
  }

  /** Members of a day's list, newest first, as many as are wanted. */
  function readIndex(key: string, { from }: TimeSpan, end: string, wanted: number): Promise<string[]> {
    return redis
      .run((client) => client.zrevrangebylex(key, end, `[${paddedTime(from)}`, 'LIMIT', 0, wanted))
      .catch(naming(key));
  }

  async function readRecords(members: readonly string[]): Promise<UsageRecord[]> {
    const records: UsageRecord[] = [];
    for (let n = 0; n < members.length; n += BATCH) {
      const calls = members.slice(n, n + BATCH).map((member) => keys.call(idOfMember(member)));
      // One round trip: auto-pipelining joins them.
      const stored = await redis.run((client) =>
        Promise.all(calls.map((call) => client.hget(call, 'record').catch(naming(call)))),
      );
      records.push(...calls.map((call, at) => recordIn(call, stored[at])));
    }
    return records;
  }
}

interface UsageReaderOptions {
  redis: RedisConnection;
  keys: LedgerKeys;
  usage: KeptUsage;
  now: Now;
}

function endOf(to: UsageQuery['to']): string {
  return to === Number.POSITIVE_INFINITY ? '+' : `(${paddedTime(to)}`;
}

function tokenOf(member: string): string {
  return encodePageToken({ time: timeOfMember(member), id: idOfMember(member) });
}

function groupIn(key: string, group: string) {
  try {
    return groupOf(group);
  } catch (cause) {
    throw nonsense(key, group, cause);
  }
}

function countsIn(key: string, stored: string): Counts {
  const counted = stored.split(' ');
  if (counted.length !== COUNTERS.length || counted.some((text) => !/^-?\d+$/.test(text)))
    throw nonsense(key, stored);
  const counts = noCounts();
  for (const [n, counter] of COUNTERS.entries()) counts[counter] = Number(counted[n]);
  return counts;
}

function recordIn(key: string, stored: string | null | undefined): UsageRecord {
  if (!stored) throw new Error(`Redis has no record in ${key}, although it is in the list of its day`);
  try {
    return decodeStoredRecord(stored);
  } catch (cause) {
    throw nonsense(key, stored, cause);
  }
}

function nonsense(key: string, stored: string, cause?: unknown): Error {
  return new Error(`Redis holds in ${key} what cannot be read: ${stored.slice(0, 100)}`, { cause });
}

/** Redis says what is wrong, and not where. */
export function naming(key: string): (error: unknown) => never {
  return (error) => {
    if (isReplyError(error)) error.message = `${key} cannot be read: ${error.message}`;
    throw error;
  };
}
