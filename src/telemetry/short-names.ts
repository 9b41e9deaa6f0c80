import { FinishReason } from '../gen/sluice/v1/completion_service.ts';
import type { AttemptOutcome, CacheStatus } from '../gen/sluice/v1/execution.ts';

// The contract's words without the prefix that protobuf makes them carry: CACHE_STATUS_HIT → HIT.

export function cacheStatusName(status: CacheStatus): string {
  return status.replace('CACHE_STATUS_', '');
}

export function outcomeName(outcome: AttemptOutcome): string {
  return outcome.replace('ATTEMPT_OUTCOME_', '');
}

export function finishReasonName(reason: FinishReason): string {
  return reason.replace('FINISH_REASON_', '');
}

/** A finish reason in the words of the GenAI conventions, which know fewer. */
export function conventionalFinishReason(reason: FinishReason): string {
  if (reason === FinishReason.STOP_SEQUENCE) return 'stop';
  if (reason === FinishReason.TOOL_CALLS) return 'tool_call';
  return finishReasonName(reason).toLowerCase();
}
