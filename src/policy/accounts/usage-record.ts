import { toDuration } from '../../completion/duration.ts';
import type { GatewayError } from '../../completion/error.ts';
import { reasonName } from '../../completion/error.ts';
import type { AnyAnswer, AnyCall, Outcome } from '../../completion/ports/call.ts';
import type { Quote } from '../../completion/ports/route.ts';
import { triesOf } from '../../completion/tries.ts';
import { costOf, usageOf } from '../../completion/usage.ts';
import { type Attempt, AttemptOutcome, CacheStatus } from '../../gen/sluice/v1/execution.ts';
import type { UsageRecord } from '../../gen/sluice/v1/usage_service.ts';

/** What a record takes beside its call. */
export interface RecordDeps {
  /** Name of the gRPC status that goes with an error. */
  statusName(error: GatewayError): string;
  /** What the price of a provider's model rests on. */
  priceVersion(target: { provider: string; model: string }): string;
}

/** The one record of a call that ended at a time, in milliseconds since the epoch. */
export function usageRecord(
  call: AnyCall,
  outcome: Outcome<AnyAnswer>,
  endedAt: number,
  { statusName, priceVersion }: RecordDeps,
): UsageRecord {
  const { attempts } = call;
  const { execution } = outcome.ending === 'finished' ? outcome.answer : outcome.partial;
  const { provider = '', providerModel = '' } = execution ?? {};
  const error = outcome.ending === 'failed' ? outcome.error : undefined;
  const priced = provider === '' ? attempts.findLast(isBilled) : { provider, providerModel };
  return {
    ...begun(call),
    provider,
    providerModel,
    usage: usageOf(attempts),
    cost: costOf(attempts),
    cacheStatus: execution?.cacheStatus ?? CacheStatus.UNSPECIFIED,
    status: error ? statusName(error) : 'OK',
    reason: error ? reasonName(error.reason) : '',
    attemptCount: triesOf(call),
    duration: toDuration(endedAt - call.arrivedAt),
    billedAttempts: attempts.filter(
      (attempt) => isBilled(attempt) && attempt.outcome !== AttemptOutcome.SUCCEEDED,
    ),
    priceVersion: priced ? priceVersion({ provider: priced.provider, model: priced.providerModel }) : '',
    savedNanoUsd: call.savedNanoUsd,
  };
}

function isBilled({ usage }: Attempt): boolean {
  return usage !== undefined;
}

/** The record of a call whose process died: nobody knows how it ended, and it is charged what it had reserved. */
export function lostRecord(
  call: AnyCall,
  { nanoUsd, provider, providerModel }: Quote,
  reserved = nanoUsd,
): UsageRecord {
  return {
    ...begun(call),
    provider,
    providerModel,
    usage: undefined,
    cost: { nanoUsd: reserved, unpriced: false, estimated: true },
    cacheStatus: CacheStatus.UNSPECIFIED,
    status: 'UNKNOWN',
    reason: '',
    attemptCount: 0,
    duration: undefined,
    billedAttempts: [],
    priceVersion: '',
    savedNanoUsd: 0,
  };
}

/** What is known of a call from its beginning. */
function begun({ id, arrivedAt, caller, method, request: { endUser, labels, model } }: AnyCall) {
  return { id, startTime: new Date(arrivedAt), key: caller.name, endUser, labels, model, method };
}
