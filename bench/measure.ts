import type { Count, Job, Progress } from './jobs.ts';
import type { Child } from './processes.ts';

/** What one measurement found. */
export interface Sample {
  /** Calls or tokens that were measured. */
  units: number;
  /** CPU microseconds of the server's process, all threads, per call or token. */
  us: number;
  /** Calls or tokens per second. */
  perSecond: number;
  /** Calls or tokens per gRPC message, or per batch of an adapter's events. */
  perMessage: number;
  /** Share of one core that the server used. Above 0.95 it fell behind. */
  busy: number;
  /** Share of repeated calls that the cache had no answer to. */
  missed: number;
}

/** What is measured, and the process that keeps it busy. An adapter is kept busy by its own process. */
export interface Subject {
  server: Child;
  load: Child;
}

/** Puts a server under load, and takes its CPU time over the middle of it. */
export async function measure({ server, load }: Subject, job: Job): Promise<Sample> {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const readings: Promise<Reading>[] = [];
  using _ = load.onMessage((message) => {
    const progress = message as Progress;
    switch (progress.mark) {
      case 'begin':
      case 'end':
        readings.push(read(server, progress.count));
        break;
      case 'done':
        resolve();
        break;
      case 'failed':
        reject(new Error(progress.reason));
    }
  });
  load.send({ job: { ...job, address: server.address } });
  await Promise.race([done, load.gone, server.gone]);
  const [begin, end] = await Promise.all(readings);
  if (!begin || !end || end.units === begin.units) throw new Error('nothing came back');
  const units = end.units - begin.units;
  const seconds = (end.atMs - begin.atMs) / 1_000;
  return {
    units,
    us: (end.cpuUs - begin.cpuUs) / units,
    perSecond: units / seconds,
    perMessage: units / (end.messages - begin.messages),
    missed: (end.missed - begin.missed) / units,
    busy: (end.cpuUs - begin.cpuUs) / (seconds * 1_000_000),
  };
}

interface Reading extends Count {
  cpuUs: number;
  atMs: number;
}

async function read(server: Child, count: Count): Promise<Reading> {
  const cpuUs = await server.cpuUs();
  return { ...count, cpuUs, atMs: performance.now() };
}
