import { toMilliseconds } from '../completion/duration.ts';
import { reasonName } from '../completion/error.ts';
import type { AnyCall, Call, EmbeddingCall, Outcome } from '../completion/ports/call.ts';
import type { Duration } from '../gen/google/protobuf/duration.ts';
import type { CompleteResponse } from '../gen/sluice/v1/completion_service.ts';
import type { EmbedResponse } from '../gen/sluice/v1/embedding_service.ts';
import { CacheStatus, type Execution } from '../gen/sluice/v1/execution.ts';
import type { Usage } from '../gen/sluice/v1/usage.ts';
import { cacheStatusName, finishReasonName } from './short-names.ts';

/** How a completion ended, in one word: its finish reason, or the reason of its failure. */
export function endingName(outcome: Outcome): string {
  if (outcome.ending === 'failed') return reasonName(outcome.error.reason);
  return finishReasonName(outcome.answer.finishReason);
}

/** What the one log line of any call tells. Fields that are undefined are not written. */
export type CallFields = ReturnType<typeof callFields>;

function callFields({ id, request, caller }: AnyCall, execution: Execution | undefined, usage?: Usage) {
  return {
    id,
    caller: caller.name,
    model: request.model,
    provider: execution?.provider || undefined,
    provider_model: execution?.providerModel || undefined,
    attempts: execution?.attempts.length ?? 0,
    input_tokens: usage?.inputTokens,
    duration_ms: milliseconds(execution?.duration),
    gateway_ms: milliseconds(execution?.gatewayDuration),
  };
}

/** The same of a completion. Never what was said. */
export function completionFields(call: Call, { execution, usage }: CompleteResponse) {
  return {
    ...callFields(call, execution, usage),
    streamed: call.streamed,
    cache: cacheStatusName(execution?.cacheStatus ?? CacheStatus.UNSPECIFIED),
    output_tokens: usage?.outputTokens,
    first_content_ms: milliseconds(execution?.timeToFirstContent),
  };
}

/** The same of a call of Embed. Never what was embedded. */
export function embeddingFields(call: EmbeddingCall, { execution, usage }: EmbedResponse) {
  return { ...callFields(call, execution, usage), texts: call.request.texts.length };
}

function milliseconds(duration: Duration | undefined): number | undefined {
  return duration && toMilliseconds(duration);
}
