import { setTimeout as delay } from 'node:timers/promises';
import { ready } from './attached.ts';

/** One stretch of load. */
export interface Job {
  inFlight: number;
  /** Time from the first call to the beginning of the measurement, over which the calls are spread. */
  rampMs: number;
  measureMs: number;
}

/** What a process under a job tells while it runs. */
export type Progress =
  | { mark: 'begin' | 'end'; count: Count }
  | { mark: 'done' }
  | { mark: 'failed'; reason: string };

/** What came back so far. */
export interface Count {
  /** Whole calls, or tokens of streams. */
  units: number;
  /** Messages, or batches of events: tokens that were ready together may share one. */
  messages: number;
  /** Repeated calls that the cache had no answer to: Redis may be late, and the call then goes on without it. */
  missed: number;
}

/** Starts one call. `over` is called once, later, when the call has ended. */
export type StartCall = (lane: number, over: (error?: unknown) => void) => { cancel(): void };

const GRACE_MS = 10_000;

/** Takes jobs from the benchmark; `prepare` is asked anew for each how its calls are started. */
export function takeJobs<Kind extends Job>(prepare: (job: Kind, count: Count) => StartCall): void {
  process.on('message', (message: { job?: Kind }) => {
    if (!message.job) return;
    const count: Count = { units: 0, messages: 0, missed: 0 };
    keepInFlight(message.job, prepare(message.job, count), (mark) => report({ mark, count })).then(
      () => report({ mark: 'done' }),
      (error) => report({ mark: 'failed', reason: String(error) }),
    );
  });
  // This process lives by its channel.
  process.channel?.ref();
  ready({});
}

function report(progress: Progress): void {
  process.send?.(progress);
}

/** Keeps a number of calls in flight for as long as the job says. */
async function keepInFlight(
  { inFlight, rampMs, measureMs }: Job,
  start: StartCall,
  mark: (mark: 'begin' | 'end') => void,
): Promise<void> {
  const running = new Set<{ cancel(): void }>();
  const { promise: drained, resolve: drain, reject: fail } = Promise.withResolvers<void>();
  let stopping = false;

  const starts = Array.from({ length: inFlight }, (_, lane) =>
    setTimeout(() => next(lane), (lane / inFlight) * (rampMs / 2)),
  );
  await Promise.race([drained, delay(rampMs)]);
  mark('begin');
  await Promise.race([drained, delay(measureMs)]);
  mark('end');
  stopping = true;
  for (const timer of starts) clearTimeout(timer);
  for (const call of running) call.cancel();
  if (running.size > 0) await Promise.race([drained, delay(GRACE_MS)]);

  function next(lane: number): void {
    if (stopping) return;
    const call = start(lane, (error) => {
      running.delete(call);
      if (error && !stopping) fail(error);
      if (stopping && running.size === 0) drain();
      next(lane);
    });
    running.add(call);
  }
}
