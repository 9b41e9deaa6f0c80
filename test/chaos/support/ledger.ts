import type { Made } from './random-call.ts';

/** How often each call was settled, by the gateway's log: its one line per call, found by the caller's trace. */
export interface Ledger {
  /** Takes down a line of the log, whatever it is about. */
  add(line: string): void;
  /** Lines about calls so far. */
  readonly size: () => number;
  /** Calls that were settled twice, or not at all though they reached the gateway. */
  check(made: Iterable<Made>): string[];
}

interface LogLine {
  msg: string;
  id: string;
  trace_id?: string;
  ending: string;
}

export function createLedger(): Ledger {
  const endings = new Map<string, string[]>();
  const ids = new Set<string>();
  const twice: string[] = [];
  let size = 0;

  return {
    add(line) {
      if (!/"msg":"completion (finished|failed)"/.test(line)) return;
      const { id, trace_id: traceId = '', ending }: LogLine = JSON.parse(line);
      size += 1;
      if (ids.has(id)) twice.push(id);
      ids.add(id);
      endings.set(traceId, [...(endings.get(traceId) ?? []), ending]);
    },
    size: () => size,
    check(made) {
      const wrong = twice.map((id) => `${id} was settled twice`);
      for (const { traceId, seen } of made) {
        const settled = endings.get(traceId) ?? [];
        const told = seen.answer ? 'finished' : seen.error?.reason;
        if (settled.length > 1)
          wrong.push(`${traceId} was settled ${settled.length} times: ${settled.join()}`);
        // A caller may leave before its request is on the wire.
        if (settled.length === 0 && !wasLeft(seen))
          wrong.push(`${traceId} was never settled, but told ${told}`);
      }
      return wrong;
    },
  };
}

/** Whether the caller went before it heard anything. */
function wasLeft({ error, events }: Made['seen']): boolean {
  return (
    (error?.status === 'CANCELLED' || error?.status === 'DEADLINE_EXCEEDED') &&
    events.length === 0 &&
    error.attempts.length === 0
  );
}
