/** Barks once when a provider has been silent for too long. */
export interface Watchdog extends Disposable {
  /** Begins to wait with this limit. */
  wait(name: string, limitMs: number): void;
  /** A sign of life: waits anew. */
  heard(): void;
  /** Nobody is waiting, since the caller reads slowly: the silence is not the provider's. */
  pause(): void;
}

export function createWatchdog(bark: (name: string, limitMs: number) => void): Watchdog {
  let timer: NodeJS.Timeout | undefined;
  let waiting = false;
  return {
    wait(name, limitMs) {
      clearTimeout(timer);
      waiting = true;
      timer = setTimeout(() => {
        if (waiting) bark(name, limitMs);
      }, limitMs);
    },
    heard() {
      waiting = true;
      // Refreshing one timer costs a tenth of making a new one, and this runs once per token.
      timer?.refresh();
    },
    pause() {
      waiting = false;
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
