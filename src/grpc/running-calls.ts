import type { GatewayError } from '../completion/error.ts';

/** The calls that are running, so that a stop can wait for them and cut those that take too long. */
export interface RunningCalls {
  readonly size: number;
  /** Adds a call; returns what to do once, when it is over. */
  add(call: AbortController): () => void;
  /** Resolves as soon as no call is running. */
  idle(): Promise<void>;
  /** Aborts every call, and those still to come. */
  abortAll(reason: GatewayError): void;
}

/**
 * Keeps the running calls, in places that are used again. Not in a Set: one that is added to and deleted from all the
 * time moves to a new table every few dozen calls, each old table holds on to the next and to what it held itself, and
 * so all that hangs on a call outlived it until the next full collection. That was a tenth of what a call costs.
 */
export function createRunningCalls(): RunningCalls {
  const places: (AbortController | undefined)[] = [];
  const free: number[] = [];
  let size = 0;
  let waiting: (() => void)[] = [];
  let abortedWith: GatewayError | undefined;

  return {
    get size() {
      return size;
    },
    add(call) {
      const place = free.pop() ?? places.length;
      places[place] = call;
      size += 1;
      if (abortedWith) call.abort(abortedWith);
      return () => {
        places[place] = undefined;
        free.push(place);
        size -= 1;
        if (size === 0) tellWaiting();
      };
    },
    idle() {
      if (size === 0) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
    abortAll(reason) {
      abortedWith = reason;
      for (const call of places) call?.abort(reason);
    },
  };

  function tellWaiting(): void {
    for (const resolve of waiting) resolve();
    waiting = [];
  }
}
