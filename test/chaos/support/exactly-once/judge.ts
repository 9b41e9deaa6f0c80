import { isDeepStrictEqual } from 'node:util';
import type { UsageRecord } from '@sluice/client/proto';
import { allBookedAs, type Booked, bookedAs, targetOf } from './count.ts';
import type { Seen } from './make-call.ts';
import { type Plan, saidBy } from './plan.ts';
import type { Watched } from './scripted-provider.ts';

/** A call that has ended: what its providers had of it, and what its caller saw. */
export interface Ended {
  plan: Plan;
  watched: Watched;
  seen: Seen;
}

/** What the caller saw, beside what was planned: it is told the truth as well. Races are judged by the record. */
export function wrongByCaller({ plan, watched, seen }: Ended): string[] {
  const { outcomes, nanoUsd, usage } = bookedAs(plan, watched.asked);
  if (typeof plan.leaves === 'object' || plan.mayBeKilled) return [];
  const wrong = (what: string) => [`${plan.id} (${plan.ending}) ${what}: ${JSON.stringify(seen)}`];
  const isPlanned = watched.asked.length > 0 || plan.denied === undefined;
  const targets = plan.scripts.map((_, nth) => targetOf(plan, nth).split('/')[0]);
  if (isPlanned && watched.asked.join() !== targets.join()) return wrong(`asked ${watched.asked.join()}`);
  if (plan.isKilled) return seen.status === 'UNAVAILABLE' ? [] : wrong('outlived its process');
  const ways = plan.deadlineMs === undefined ? outcomes : [['DEADLINE_EXCEEDED']];
  if (!ways.some(([status]) => seen.status === status)) return wrong('ended otherwise');
  if (plan.leaves === 'once heard' || plan.deadlineMs !== undefined) {
    if (seen.text !== saidBy(plan.scripts.at(-1))) return wrong('heard something else');
    return [];
  }
  if (plan.leaves || plan.isHit) return [];
  if ((seen.cost?.nanoUsd ?? 0) !== nanoUsd) return wrong(`is billed ${nanoUsd}`);
  // An answer tells the usage of who has given it, an error that of all.
  const isWhole = seen.status !== 'OK' || plan.scripts.length === 1;
  if (isWhole && (seen.usage?.inputTokens ?? 0) !== (usage?.input ?? 0)) return wrong('tells other usage');
  return [];
}

/** What a call is booked as, of all that it may be; or what is wrong. */
export function judge(
  { plan, watched, seen }: Ended,
  record: UsageRecord | undefined,
): { booked: Booked | undefined; wrong: string[] } {
  const all = allBookedAs(plan, watched.asked);
  const name = `${plan.id} (${plan.ending})`;
  if (!record) {
    const isRight = all.includes(undefined) && seen.status !== 'OK';
    return { booked: undefined, wrong: isRight ? [] : [`${name} has no record`] };
  }
  const booked = all.find((one) => one && differenceOf(one, record) === undefined);
  return { booked, wrong: booked ? [] : [`${name}: ${differenceOf(all[0], record)}`] };
}

/** How a record differs from what it must be. */
function differenceOf(one: Booked, record: UsageRecord): string | undefined {
  const { plan, isLost, usage, billed } = one;
  const outcome = one.outcomes.find(([status]) => status === record.status) ?? one.outcomes[0];
  const expected: Omit<UsageRecord, 'id' | 'startTime' | 'duration' | 'billedAttempts' | 'priceVersion'> = {
    key: plan.key,
    endUser: plan.endUser,
    labels: { call: plan.id, ...(plan.team !== '' && { team: plan.team }) },
    model: plan.model,
    provider: one.provider,
    providerModel: one.providerModel,
    usage: usage && {
      inputTokens: usage.input,
      cacheReadTokens: usage.cacheRead,
      cacheWriteTokens: usage.cacheWrite,
      outputTokens: usage.output,
      reasoningTokens: usage.reasoning,
      estimated: usage.isEstimated,
    },
    cost: { nanoUsd: one.nanoUsd, unpriced: false, estimated: one.isEstimated },
    cacheStatus: `CACHE_STATUS_${one.cacheStatus}`,
    status: outcome?.[0] ?? '',
    reason: outcome?.[1] ?? '',
    attemptCount: one.attempts,
    method: plan.method,
    savedNanoUsd: one.savedNanoUsd,
  };
  const { id: _, startTime, duration, billedAttempts, priceVersion, ...told } = record;
  const attempts = billedAttempts.map(({ provider, usage, cost }) => [
    provider,
    usage?.inputTokens,
    usage?.outputTokens,
    cost?.nanoUsd,
  ]);
  const attemptsExpected = billed
    .filter(({ isAnswer }) => !isAnswer)
    .map(({ provider, input, output, nanoUsd }) => [provider, input, output, nanoUsd]);
  const isPriced = one.provider !== '' || billed.length > 0;
  const both = [
    { ...told, attempts, priceVersion, began: startTime !== undefined, took: duration !== undefined },
    {
      ...expected,
      attempts: attemptsExpected,
      priceVersion: isPriced && !isLost ? 'configuration' : '',
      began: true,
      took: !isLost,
    },
  ] as const;
  const [is, must] = both.map((side) => JSON.stringify(side)) as [string, string];
  // As JSON, where what is undefined is not there.
  return isDeepStrictEqual(JSON.parse(is), JSON.parse(must)) ? undefined : `${is} is not ${must}`;
}
