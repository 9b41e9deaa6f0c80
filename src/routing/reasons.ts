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
  /** Whether the same target may do better in a while, so that the call may ask it once more. */
  again: boolean;
  /** Whether it passes by itself, so that the caller is told when to come back. */
  passes: boolean;
  /** Where several targets failed, the caller is told the reason with the highest weight. */
  weight: number;
}

const final = { circuit: 'nothing', movesOn: false, again: false, passes: false, weight: 11 } as const;
const refused = { circuit: 'sound', movesOn: false, again: false, passes: false, weight: 10 } as const;
const elsewhere = { circuit: 'sound', movesOn: true, again: false, passes: false } as const;
const fault = { circuit: 'fault', movesOn: true, again: true, passes: true } as const;
const busy = { circuit: 'nothing', movesOn: true, passes: true } as const;

const traits = {
  [ErrorReason.PROVIDER_REJECTED_REQUEST]: refused,
  [ErrorReason.CONTEXT_LENGTH_EXCEEDED]: refused,
  [ErrorReason.CONTENT_BLOCKED]: refused,
  [ErrorReason.UNSUPPORTED_PARAMETER]: { ...elsewhere, circuit: 'nothing', weight: 9 },
  [ErrorReason.MODEL_NOT_FOUND]: { ...elsewhere, weight: 8 },
  [ErrorReason.PROVIDER_CREDENTIALS_REJECTED]: { ...elsewhere, weight: 7 },
  // It has answered, and may bill that; the next answer is likely to be no better.
  [ErrorReason.PROVIDER_RESPONSE_INVALID]: { ...fault, again: false, passes: false, weight: 6 },
  // The provider is well. What it limits is the model's cooldown's business.
  [ErrorReason.PROVIDER_RATE_LIMITED]: { ...busy, again: true, weight: 5 },
  // It has already cost the call its time once.
  [ErrorReason.PROVIDER_TIMEOUT]: { ...fault, again: false, weight: 4 },
  [ErrorReason.PROVIDER_UNAVAILABLE]: { ...fault, weight: 3 },
  [ErrorReason.GATEWAY_OVERLOADED]: { ...busy, again: false, weight: 2 },
  [ErrorReason.CIRCUIT_OPEN]: { ...busy, again: false, weight: 1 },
  [ErrorReason.STREAM_INTERRUPTED]: final,
  [ErrorReason.CANCELLED]: final,
  [ErrorReason.DEADLINE_EXCEEDED]: final,
  // A bug of ours is nobody's fault but ours, and would only repeat itself elsewhere.
  [ErrorReason.INTERNAL]: final,
  // The rest are decided before a provider is asked.
  [ErrorReason.CALLER_CREDENTIALS_INVALID]: final,
  [ErrorReason.MODEL_NOT_ALLOWED]: final,
  [ErrorReason.INVALID_REQUEST]: final,
  [ErrorReason.NOT_CACHED]: final,
  [ErrorReason.CALLER_RATE_LIMITED]: final,
  [ErrorReason.BUDGET_EXHAUSTED]: final,
  [ErrorReason.STORE_UNAVAILABLE]: final,
} satisfies Record<Reason, ReasonTraits>;

export function traitsOf(reason: Reason): ReasonTraits {
  return traits[reason];
}
