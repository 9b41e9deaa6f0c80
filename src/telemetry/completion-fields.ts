import { toMilliseconds } from '../completion/duration.ts';
import { reasonName } from '../completion/error.ts';
import type { Call, Outcome } from '../completion/ports.ts';
import type { Duration } from '../gen/google/protobuf/duration.ts';
import type { CompleteResponse } from '../gen/sluice/v1/completion_service.ts';
import { CacheStatus } from '../gen/sluice/v1/execution.ts';
import { cacheStatusName, finishReasonName } from './short-names.ts';

/** How a completion ended, in one word: its finish reason, or the reason of its failure. */
export function endingName(outcome: Outcome): string {
  if (outcome.ending === 'failed') return reasonName(outcome.error.reason);
  return finishReasonName(outcome.answer.finishReason);
}

/** What the one log line of a completion tells. Never what was said. Fields that are undefined are not written. */
export function completionFields(
  { id, request, caller, streamed }: Call,
  { execution, usage }: CompleteResponse,
) {
  return {
    id,
    caller: caller.name,
    model: request.model,
    streamed,
    provider: execution?.provider || undefined,
    provider_model: execution?.providerModel || undefined,
    cache: cacheStatusName(execution?.cacheStatus ?? CacheStatus.UNSPECIFIED),
    attempts: execution?.attempts.length ?? 0,
    input_tokens: usage?.inputTokens,
    output_tokens: usage?.outputTokens,
    first_content_ms: milliseconds(execution?.timeToFirstContent),
    duration_ms: milliseconds(execution?.duration),
    gateway_ms: milliseconds(execution?.gatewayDuration),
  };
}

function milliseconds(duration: Duration | undefined): number | undefined {
  return duration && toMilliseconds(duration);
}
