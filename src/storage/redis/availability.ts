import type { Now } from '../../completion/ports.ts';

/** Failures in a row after which Redis counts as away. */
const FAILURES_TO_OPEN = 3;
/** How long commands are skipped before one is tried again. Short, so that Redis is used again soon. */
const SKIP_MS = 250;

/**
 * Remembers whether Redis answers, so that while it does not, calls skip it at once instead of each waiting for
 * its own time-out. Not the providers' breaker: that one weighs rates over a window, this one only has to
 * notice that nothing comes back.
 */
export interface Availability {
  /** Whether a command may be sent. While Redis is away this is so for one trial at a time. */
  permits(): boolean;
  /** Redis answered, be it with an error. */
  answered(): void;
  /** Redis did not answer. */
  failed(): void;
}

export function createAvailability({ now }: { now: Now }): Availability {
  let state: State = { name: 'closed', failures: 0 };

  return {
    permits() {
      if (state.name === 'open' && now() >= state.until) {
        state = { name: 'trial' };
        return true;
      }
      return state.name === 'closed';
    },

    answered() {
      // While open, this is the late answer of a command sent before; only a trial tells that Redis is back.
      if (state.name !== 'open') state = { name: 'closed', failures: 0 };
    },

    failed() {
      if (state.name === 'open') return;
      const failures = state.name === 'closed' ? state.failures + 1 : FAILURES_TO_OPEN;
      state =
        failures < FAILURES_TO_OPEN ? { name: 'closed', failures } : { name: 'open', until: now() + SKIP_MS };
    },
  };
}

type State =
  | { name: 'closed'; failures: number }
  | { name: 'open'; until: number }
  /** One command is under way; it settles within its time limit, so this state cannot last. */
  | { name: 'trial' };
