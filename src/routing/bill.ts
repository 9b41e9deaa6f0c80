import type { GatewayError } from '../completion/error.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import type { Usage } from '../gen/sluice/v1/usage.ts';

/** How a try ended, as far as it says what its provider bills. */
export interface Ended {
  /** Present where it answered. */
  answered: { usage?: Usage | undefined } | undefined;
  /** Why it failed; undefined too where its caller left. */
  error: GatewayError | undefined;
  /** Whether the call was over before the try was: its caller left, its time was up, the gateway stopped. */
  callOver: boolean;
  /** Whether content came. */
  shown: boolean;
  /** What the provider told of the usage so far, if it did. */
  reported: Partial<Usage> | undefined;
  /** What the try has used by then, for want of the provider's own word. */
  estimate(): Usage;
}

/**
 * The usage that a provider bills for a try, or undefined where it bills none. Vendors bill what an answer used, and of one
 * that was begun what was read and written until its connection closed. Two rules follow, and an estimate stands in wherever
 * a figure is not reported:
 *
 * - What the *gateway* left (its caller left, a timer ran out) may go on at the provider: it is billed.
 * - What the *provider* ended is billed where content had come, and not where it refused, failed or made no sense before.
 */
export function billedUsage({
  answered,
  error,
  callOver,
  shown,
  reported,
  estimate,
}: Ended): Usage | undefined {
  if (answered?.usage && !answered.usage.estimated) return answered.usage;
  const left = callOver || !error || wasSilent(error);
  if (!answered && !left && !shown) return error.details.usage;
  const known: Partial<Usage> = { ...reported, ...error?.details.usage, ...answered?.usage };
  const guess = estimate();
  return {
    ...guess,
    ...known,
    inputTokens: known.inputTokens || guess.inputTokens,
    // An account that is not the last one is behind what has been said.
    outputTokens: Math.max(known.outputTokens ?? 0, guess.outputTokens),
    estimated: true,
  };
}

/** Whether the provider had the request and one of our timers ran out. */
function wasSilent({ reason, details }: GatewayError): boolean {
  return reason === ErrorReason.PROVIDER_TIMEOUT && details.metadata?.['timeout'] !== 'connect';
}
