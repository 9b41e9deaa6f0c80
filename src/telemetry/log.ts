import { pino } from 'pino';
import type { Redact } from './redact.ts';

/** Writes lines for operators: one JSON object each. Never content of calls. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Where lines go. */
export interface LogSink {
  write(line: string): void;
  /** Resolves once everything written so far is out. Never rejects. */
  flush(): Promise<void>;
}

export interface LogOptions {
  /** Name of the service on each line. */
  service: string;
  /** Lowest level written, such as `info`. */
  level: string;
  redact: Redact;
  sink: LogSink;
}

/** Creates a {@link Log} that takes secrets out of every line at the last moment, whatever brought them in. */
export function createLog({ service, level, redact, sink }: LogOptions): Log {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => sink.write(redact(line)) },
  );
}

/** How much is gathered before it is written, and for how long at most. */
const GATHERED_CHARACTERS = 64 * 1024;
const GATHERED_MS = 200;

/** Opens standard output. Lines are gathered, since a system call per line costs more than the line. */
export function openStandardOutput(): LogSink {
  // As texts, what waits would be copied with each one more to measure it; without a least length, `flush` waits for
  // nothing.
  const destination = pino.destination({ fd: 1, sync: false, minLength: 1, contentMode: 'buffer' });
  // Its types know of texts only, whatever the mode.
  const bytes = destination as unknown as { write(lines: Buffer): boolean };
  let gathered = '';
  let timer: NodeJS.Timeout | undefined;

  return {
    write(line) {
      gathered += line;
      if (gathered.length >= GATHERED_CHARACTERS) handOver();
      else timer ??= setTimeout(handOver, GATHERED_MS);
    },
    flush() {
      handOver();
      return new Promise((resolve) => destination.flush(() => resolve()));
    },
  };

  function handOver(): void {
    clearTimeout(timer);
    timer = undefined;
    if (gathered === '') return;
    bytes.write(Buffer.from(gathered));
    gathered = '';
  }
}

/**
 * Describes an error for a log line: what it is, where it arose, and its causes. Other properties are left out,
 * because vendors' errors carry request headers, keys included.
 */
export function describeError(error: unknown, depth = 3): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const cause =
    error.cause === undefined || depth === 0 ? {} : { cause: describeError(error.cause, depth - 1) };
  return { type: error.name, code: codeOf(error), message: error.message, stack: error.stack, ...cause };
}

/** Names an error and its causes without their messages: `APIConnectionError < Error ECONNREFUSED`. */
export function nameErrors(error: unknown, depth = 3): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  const name = code === undefined ? error.name : `${error.name} ${code}`;
  const cause = depth === 0 ? undefined : nameErrors(error.cause, depth - 1);
  return cause === undefined ? name : `${name} < ${cause}`;
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
