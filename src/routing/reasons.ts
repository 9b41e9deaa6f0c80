import type { Reason } from '../completion/error.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';

/** What a failed attempt means, by its reason: the one table that routing decides by. */
export interface ReasonTraits {
  /**
   * What it tells the provider's circuit: `fault` counts towards opening it, `sound` is an answer like any other
   * (the provider works, the request or the key does not), `nothing` is no answer at all.
   */
  circuit: 'fault' | 'sound' | 'nothing';
  /** Whether another target may do better. */
  movesOn: boolean;
  /** Where several targets failed, the caller is told the reason with the highest weight. */
  weight: number;
}

const traits = {
  [ErrorReason.PROVIDER_REJECTED_REQUEST]: { circuit: 'sound', movesOn: false, weight: 9 },
  [ErrorReason.CONTEXT_LENGTH_EXCEEDED]: { circuit: 'sound', movesOn: false, weight: 9 },
  [ErrorReason.CONTENT_BLOCKED]: { circuit: 'sound', movesOn: false, weight: 9 },
  [ErrorReason.UNSUPPORTED_PARAMETER]: { circuit: 'nothing', movesOn: true, weight: 8 },
  [ErrorReason.MODEL_NOT_FOUND]: { circuit: 'sound', movesOn: true, weight: 7 },
  [ErrorReason.PROVIDER_CREDENTIALS_REJECTED]: { circuit: 'sound', movesOn: true, weight: 6 },
  [ErrorReason.PROVIDER_RESPONSE_INVALID]: { circuit: 'fault', movesOn: true, weight: 5 },
  [ErrorReason.PROVIDER_RATE_LIMITED]: { circuit: 'fault', movesOn: true, weight: 4 },
  [ErrorReason.PROVIDER_TIMEOUT]: { circuit: 'fault', movesOn: true, weight: 3 },
  [ErrorReason.PROVIDER_UNAVAILABLE]: { circuit: 'fault', movesOn: true, weight: 2 },
  [ErrorReason.STREAM_INTERRUPTED]: { circuit: 'fault', movesOn: false, weight: 10 },
  [ErrorReason.CIRCUIT_OPEN]: { circuit: 'nothing', movesOn: true, weight: 1 },
  [ErrorReason.CANCELLED]: { circuit: 'nothing', movesOn: false, weight: 10 },
  [ErrorReason.DEADLINE_EXCEEDED]: { circuit: 'nothing', movesOn: false, weight: 10 },
  // A bug of ours is nobody's fault but ours, and would only repeat itself elsewhere.
  [ErrorReason.INTERNAL]: { circuit: 'nothing', movesOn: false, weight: 10 },
  // The rest are decided before a provider is asked.
  [ErrorReason.CALLER_CREDENTIALS_INVALID]: { circuit: 'nothing', movesOn: false, weight: 10 },
  [ErrorReason.MODEL_NOT_ALLOWED]: { circuit: 'nothing', movesOn: false, weight: 10 },
  [ErrorReason.INVALID_REQUEST]: { circuit: 'nothing', movesOn: false, weight: 10 },
  [ErrorReason.NOT_CACHED]: { circuit: 'nothing', movesOn: false, weight: 10 },
  [ErrorReason.CALLER_RATE_LIMITED]: { circuit: 'nothing', movesOn: false, weight: 10 },
  [ErrorReason.BUDGET_EXHAUSTED]: { circuit: 'nothing', movesOn: false, weight: 10 },
  [ErrorReason.STORE_UNAVAILABLE]: { circuit: 'nothing', movesOn: false, weight: 10 },
  [ErrorReason.GATEWAY_OVERLOADED]: { circuit: 'nothing', movesOn: false, weight: 10 },
} satisfies Record<Reason, ReasonTraits>;

export function traitsOf(reason: Reason): ReasonTraits {
  return traits[reason];
}
