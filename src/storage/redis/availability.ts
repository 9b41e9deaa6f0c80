import type { Now } from '../../completion/ports/now.ts';

/** Failures one after the other, not at once, after which Redis counts as away: a moment's pause is no absence. */
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
  /** Redis did not answer what it was sent then. Commands that were under way together tell of one failure. */
  failed(sentAt: number): void;
}

export function createAvailability({ now }: { now: Now }): Availability {
  let state: State = working;

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
      if (state.name !== 'open') state = working;
    },

    failed(sentAt) {
      if (state.name === 'open') return;
      if (state.name === 'closed') {
        if (sentAt < state.failedAt) return;
        const failures = state.failures + 1;
        if (failures < FAILURES_TO_OPEN) {
          state = { name: 'closed', failures, failedAt: now() };
          return;
        }
      }
      state = { name: 'open', until: now() + SKIP_MS };
    },
  };
}

const working: State = { name: 'closed', failures: 0, failedAt: Number.NEGATIVE_INFINITY };

type State =
  | { name: 'closed'; failures: number; failedAt: number }
  | { name: 'open'; until: number }
  /** One command is under way; it settles within its time limit, so this state cannot last. */
  | { name: 'trial' };
