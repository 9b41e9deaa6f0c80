import type { Now } from '../completion/ports/now.ts';

/** What a provider is doing right now: calls in flight, and how soon it has begun to answer of late. */
export interface Activity {
  readonly inFlight: number;
  /** Undefined where nothing answered within the window. */
  medianTimeToFirstContentMs(): number | undefined;
  begin(): void;
  firstContent(afterMs: number): void;
  end(): void;
}

/** Enough for a median that is steady, and nothing to keep. */
const samplesKept = 128;

/** Keeps the times of the last attempts that are no older than the window of the circuit. */
export function createActivity({ windowMs, now }: { windowMs: number; now: Now }): Activity {
  const samples: { at: number; ms: number }[] = [];
  let inFlight = 0;
  let next = 0;
  return {
    get inFlight() {
      return inFlight;
    },
    begin() {
      inFlight += 1;
    },
    firstContent(ms) {
      samples[next] = { at: now(), ms };
      next = (next + 1) % samplesKept;
    },
    end() {
      inFlight -= 1;
    },
    medianTimeToFirstContentMs() {
      const since = now() - windowMs;
      const recent = samples
        .filter(({ at }) => at >= since)
        .map(({ ms }) => ms)
        .sort((a, b) => a - b);
      return recent[Math.floor(recent.length / 2)];
    },
  };
}
