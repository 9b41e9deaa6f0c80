import type { Warning } from '../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { CacheStatus } from '../gen/sluice/v1/execution.ts';
import { type Reason, reasonName, toGatewayError } from './error.ts';
import type { StoredAnswer } from './ports/cache.ts';
import type { AnyCall, Call } from './ports/call.ts';
import type { Show } from './ports/events.ts';
import type { Now } from './ports/now.ts';
import type { Route } from './ports/route.ts';
import { replay } from './replay.ts';

/**
 * Shows a provider's answer or, where no provider can give one now, the stored one that is past its time: marked STALE,
 * with a warning. Not to a caller that has seen some of another answer, nor once the call is over.
 *
 * @throws GatewayError of the providers, where the stored answer does not take its place.
 */
export async function answerOrStale(
  call: Call,
  { route, stored, show, now }: { route: Route; stored: StoredAnswer; show: Show; now: Now },
): Promise<void> {
  let seen = false;
  try {
    await route.answer(call, (events) => {
      seen = call.streamed;
      return show(events);
    });
  } catch (thrown) {
    const { reason } = toGatewayError(thrown);
    if (seen || isOver(call, now()) || !isOutage[reason]) throw thrown;
    call.cacheStatus = CacheStatus.STALE;
    const warnings = [answerIsStale(reason, stored.ageMs), ...stored.answer.warnings];
    await show(replay(call, { ...stored.answer, warnings }));
  }
}

function isOver({ abort, deadline }: AnyCall, now: number): boolean {
  return abort.signal.aborted || now >= deadline;
}

/**
 * Whether a failure means that the providers cannot answer now, whatever they are asked. A request at fault would be
 * at fault tomorrow: its caller must hear of it. So must we of a bug.
 */
const isOutage = {
  [ErrorReason.PROVIDER_UNAVAILABLE]: true,
  [ErrorReason.PROVIDER_TIMEOUT]: true,
  [ErrorReason.PROVIDER_RATE_LIMITED]: true,
  [ErrorReason.PROVIDER_CREDENTIALS_REJECTED]: true,
  [ErrorReason.PROVIDER_RESPONSE_INVALID]: true,
  [ErrorReason.CIRCUIT_OPEN]: true,
  // The limit of a provider: one of the process refuses a call before it gets here.
  [ErrorReason.GATEWAY_OVERLOADED]: true,

  [ErrorReason.INVALID_REQUEST]: false,
  [ErrorReason.UNSUPPORTED_PARAMETER]: false,
  [ErrorReason.PROVIDER_REJECTED_REQUEST]: false,
  [ErrorReason.CONTEXT_LENGTH_EXCEEDED]: false,
  [ErrorReason.CONTENT_BLOCKED]: false,
  [ErrorReason.MODEL_NOT_FOUND]: false,
  [ErrorReason.MODEL_NOT_ALLOWED]: false,
  [ErrorReason.CALLER_CREDENTIALS_INVALID]: false,
  [ErrorReason.CALLER_RATE_LIMITED]: false,
  [ErrorReason.BUDGET_EXHAUSTED]: false,
  [ErrorReason.NOT_CACHED]: false,
  // Content has been sent.
  [ErrorReason.STREAM_INTERRUPTED]: false,
  [ErrorReason.DEADLINE_EXCEEDED]: false,
  [ErrorReason.CANCELLED]: false,
  [ErrorReason.INTERNAL]: false,
  [ErrorReason.STORE_UNAVAILABLE]: false,
} satisfies Record<Reason, boolean>;

function answerIsStale(reason: Reason, ageMs: number): Warning {
  const age = `${Math.round(ageMs / 1_000)} s`;
  return {
    code: 'ANSWER_STALE',
    message: `Every provider failed (${reasonName(reason)}), so this is a stored answer past its time, ${age} old.`,
    field: '',
  };
}
