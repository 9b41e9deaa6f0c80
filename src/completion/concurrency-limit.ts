import type { ConcurrencyConfig } from '../config/config.ts';
import type { GatewayError } from './error.ts';
import type { Now } from './ports/now.ts';

/** Places for calls in flight, and the line of those that wait for one: first come, first served. */
export interface ConcurrencyLimit {
  /** Takes a place where one is free. */
  tryEnter(): boolean;
  /**
   * Takes a place: at once, and then there is nothing to wait for, or after a wait in line. Rejects with the refusal
   * where the line is full or the wait too long, and with the signal's reason where that aborts first.
   */
  enter(signal: AbortSignal): Promise<void> | undefined;
  /** Gives the place back, to the first in line. Whoever has entered does so once. */
  leave(): void;
  /**
   * Changes the numbers. Whoever has a place keeps it, so after shrinking there may be more in flight than may be, until
   * enough have left; those in line get the places that are new.
   */
  resize(config: ConcurrencyConfig): void;
  status(): ConcurrencyStatus;
}

export interface ConcurrencyStatus {
  /** Calls that may have a place. */
  limit: number;
  /** Calls that have a place. */
  inFlight: number;
  /** Calls in line. */
  queued: number;
}

/** What one may still wait under overload, in milliseconds. */
const overloadedWaitMs = 5;

/**
 * Creates a limit whose line absorbs bursts and does not stand: controlled delay as servers use it (Ben Maurer, "Fail
 * at Scale", ACM Queue 13/8, 2015, after Nichols and Jacobson's CoDel). A line that has not been empty for
 * `queueTimeoutMs` (there 100 ms) is no burst but overload, and from then on nobody may wait longer than 5 ms: those
 * who are served are served soon, those who are not know it at once.
 *
 * There, overload is over when the line is empty for a moment. A line this short often is by chance: at four times the
 * load that 20 places can take in 100 ms each, the next calls would then wait for up to 80 ms again, and half of those
 * served did for more than 20. So here it is over once a place was free for `queueTimeoutMs`.
 */
export function createConcurrencyLimit({
  config,
  refuse,
  now,
}: {
  config: ConcurrencyConfig;
  /** Makes the error that a call is refused with. */
  refuse: () => GatewayError;
  /** Any clock that never goes back, since only differences count. */
  now: Now;
}): ConcurrencyLimit {
  let { maxConcurrency, maxQueueLength, queueTimeoutMs } = config;
  // While anybody is in it, no place is free.
  const line = new Set<Waiter>();
  let inFlight = 0;
  let overloaded = false;
  /** Since when the line has not been empty. */
  let lineSince = 0;
  /** Since when a place has been free, where one is. */
  let freeSince = 0;
  let timer: NodeJS.Timeout | undefined;

  return {
    tryEnter,
    enter(signal) {
      if (tryEnter()) return undefined;
      if (signal.aborted) return Promise.reject(signal.reason);
      if (line.size >= (queueTimeoutMs > 0 ? maxQueueLength : 0)) return Promise.reject(refuse());
      return waitInLine(signal);
    },
    leave() {
      const [first] = line;
      // The place changes hands, so that nobody can slip in between.
      if (first && inFlight <= maxConcurrency) return first.admit();
      if (inFlight === maxConcurrency) freeSince = now();
      inFlight -= 1;
    },
    resize(config) {
      if (inFlight >= maxConcurrency) freeSince = now();
      ({ maxConcurrency, maxQueueLength, queueTimeoutMs } = config);
      for (const waiter of line) {
        if (!tryEnter()) return;
        waiter.admit();
      }
    },
    status: () => ({ limit: maxConcurrency, inFlight, queued: line.size }),
  };

  function tryEnter(): boolean {
    if (inFlight >= maxConcurrency) return false;
    inFlight += 1;
    if (overloaded && inFlight === maxConcurrency) overloaded = now() - freeSince < queueTimeoutMs;
    return true;
  }

  function waitInLine(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leaveLine = () => {
        line.delete(waiter);
        signal.removeEventListener('abort', callEnded);
        if (line.size === 0) clearTimeout(timer);
      };
      const callEnded = () => {
        leaveLine();
        reject(signal.reason);
      };
      const waiter: Waiter = {
        since: now(),
        admit() {
          leaveLine();
          resolve();
        },
        refuse() {
          leaveLine();
          reject(refuse());
        },
      };
      signal.addEventListener('abort', callEnded);
      line.add(waiter);
      if (line.size > 1) return;
      lineSince = waiter.since;
      timer = setTimeout(review, overloaded ? shortWaitMs() : queueTimeoutMs);
    });
  }

  function shortWaitMs(): number {
    return Math.min(overloadedWaitMs, queueTimeoutMs);
  }

  /** Refuses those whose time is over. One timer, for the first in line, does for all: nobody behind waits longer. */
  function review(): void {
    const time = now();
    if (time - lineSince >= queueTimeoutMs) overloaded = true;
    for (const waiter of line) {
      const dueAt = overloaded ? waiter.since + shortWaitMs() : lineSince + queueTimeoutMs;
      if (dueAt > time) {
        timer = setTimeout(review, dueAt - time);
        return;
      }
      waiter.refuse();
    }
  }
}

interface Waiter {
  /** When it joined the line. */
  since: number;
  admit(): void;
  refuse(): void;
}
