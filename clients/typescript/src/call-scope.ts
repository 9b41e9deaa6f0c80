import { SluiceError } from './error.ts';

/** How long one call lives, and what ends it early. */
export interface CallScope extends Disposable {
  /** In milliseconds since the epoch; Infinity where there is none. */
  readonly deadline: number;
  /** What ended the call early, if anything did. */
  readonly ended: SluiceError | undefined;
  /** Waits for preparations, though no longer than the call lives. */
  until<T>(preparation: Promise<T>): Promise<T>;
  /** Hands over what is to be cancelled from now on. */
  guard(call: Cancellable): void;
}

interface Cancellable {
  cancel(): void;
}

export interface CallScopeOptions {
  signal: AbortSignal | undefined;
  timeoutMs: number;
  /** Calls under way, each by the function that ends it. */
  running: Set<(error: SluiceError) => void>;
}

const longestTimerMs = 2 ** 31 - 1;

/** Opens the scope of one call. Disposing it lets go of the signal; it neither cancels nor fails anything. */
export function openCallScope({ signal, timeoutMs, running }: CallScopeOptions): CallScope {
  const deadline = Date.now() + checkTimeout(timeoutMs);
  const ending = Promise.withResolvers<never>();
  // Most calls are never ended early, and then nobody waits for this.
  ending.promise.catch(() => {});
  let ended: SluiceError | undefined;
  let call: Cancellable | undefined;

  signal?.addEventListener('abort', onAbort);
  running.add(end);
  if (signal?.aborted) onAbort();

  return {
    deadline,
    get ended() {
      return ended;
    },
    async until(preparation) {
      const timer = setTimeout(onDeadline, Math.min(timeoutMs, longestTimerMs));
      try {
        return await Promise.race([ending.promise, preparation]);
      } finally {
        clearTimeout(timer);
      }
    },
    guard(started) {
      call = started;
      if (ended) call.cancel();
    },
    [Symbol.dispose]() {
      signal?.removeEventListener('abort', onAbort);
      running.delete(end);
    },
  };

  function onAbort(): void {
    end(new SluiceError({ status: 'CANCELLED', message: 'The caller left.', cause: signal?.reason }));
  }

  function onDeadline(): void {
    end(
      new SluiceError({
        status: 'DEADLINE_EXCEEDED',
        message: `No answer within timeoutMs, ${timeoutMs} ms.`,
      }),
    );
  }

  function end(error: SluiceError): void {
    ended ??= error;
    ending.reject(ended);
    call?.cancel();
  }
}

function checkTimeout(timeoutMs: number): number {
  if (timeoutMs > 0) return timeoutMs;
  throw new SluiceError({
    status: 'INVALID_ARGUMENT',
    reason: 'INVALID_REQUEST',
    message: `timeoutMs is ${timeoutMs}: expected milliseconds above 0, or Infinity`,
  });
}
