import { CacheStatus } from '../gen/sluice/v1/execution.ts';
import type { UsageRecord, UsageSummary } from '../gen/sluice/v1/usage_service.ts';

/** What is counted, in the order in which it is stored. */
export const COUNTERS = [
  'callCount',
  'failedCallCount',
  'cachedCallCount',
  'inputTokens',
  'outputTokens',
  'costNanoUsd',
  'savedNanoUsd',
] as const satisfies readonly (keyof UsageSummary)[];

/** What can be counted, each a whole number. */
export type Counts = Record<(typeof COUNTERS)[number], number>;

/** Who used it, and of whom. */
export interface UsageGroup {
  key: string;
  provider: string;
  /** As asked for. */
  model: string;
  endUser: string;
}

/** One provider's share of a record. */
export interface UsageLine extends UsageGroup {
  counts: Counts;
}

/** When the call of a record began, in milliseconds since the epoch. */
export function beginningOf({ startTime }: UsageRecord): number {
  return startTime?.getTime() ?? 0;
}

/**
 * Splits a record by provider. Attempts that another provider bills are lines of their own, of tokens and cost; the rest, and
 * the call itself, belong to the provider of the record. The lines add up to the record.
 */
export function linesOf(record: UsageRecord): UsageLine[] {
  const { key, model, endUser, provider, status, cacheStatus } = record;
  const own: Counts = {
    callCount: 1,
    failedCallCount: status === 'OK' ? 0 : 1,
    cachedCallCount: cacheStatus === CacheStatus.HIT || cacheStatus === CacheStatus.STALE ? 1 : 0,
    inputTokens: record.usage?.inputTokens ?? 0,
    outputTokens: record.usage?.outputTokens ?? 0,
    costNanoUsd: record.cost?.nanoUsd ?? 0,
    savedNanoUsd: record.savedNanoUsd,
  };
  const lines: UsageLine[] = [{ key, provider, model, endUser, counts: own }];
  for (const attempt of record.billedAttempts) {
    const line = lines.find((each) => each.provider === attempt.provider);
    if (line === lines[0]) continue;
    const counts = line?.counts ?? noCounts();
    if (!line) lines.push({ key, provider: attempt.provider, model, endUser, counts });
    move(own, counts, 'inputTokens', attempt.usage?.inputTokens ?? 0);
    move(own, counts, 'outputTokens', attempt.usage?.outputTokens ?? 0);
    move(own, counts, 'costNanoUsd', attempt.cost?.nanoUsd ?? 0);
  }
  return lines;
}

export function noCounts(): Counts {
  return {
    callCount: 0,
    failedCallCount: 0,
    cachedCallCount: 0,
    inputTokens: 0,
    outputTokens: 0,
    costNanoUsd: 0,
    savedNanoUsd: 0,
  };
}

/** Adds counts to others, or takes them away again. */
export function addCounts(to: Counts, counts: Counts, sign: 1 | -1 = 1): void {
  for (const counter of COUNTERS) to[counter] += sign * counts[counter];
}

function move(from: Counts, to: Counts, counter: keyof Counts, amount: number): void {
  from[counter] -= amount;
  to[counter] += amount;
}
