import type { GatewayError } from '../completion/error.ts';

/** The calls that are running, so that a stop can wait for them and cut those that take too long. */
export interface RunningCalls {
  readonly size: number;
  add(call: AbortController): void;
  delete(call: AbortController): void;
  /** Resolves as soon as no call is running. */
  idle(): Promise<void>;
  /** Aborts every call, and those still to come. */
  abortAll(reason: GatewayError): void;
}

/** Keeps the running calls. */
export function createRunningCalls(): RunningCalls {
  const calls = new Set<AbortController>();
  let waiting: (() => void)[] = [];
  let abortedWith: GatewayError | undefined;

  return {
    get size() {
      return calls.size;
    },
    add(call) {
      calls.add(call);
      if (abortedWith) call.abort(abortedWith);
    },
    delete(call) {
      calls.delete(call);
      if (calls.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    idle() {
      if (calls.size === 0) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
    abortAll(reason) {
      abortedWith = reason;
      for (const call of calls) call.abort(reason);
    },
  };
}
