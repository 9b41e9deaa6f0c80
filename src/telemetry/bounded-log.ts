import type { Now } from '../completion/ports/now.ts';

/** The part of a logger that reports what went wrong without a caller noticing. */
export interface WarnLog {
  warn(fields: Record<string, unknown>, message: string): void;
}

/**
 * Lets each message through at most `maxLines` times per interval, so that what fails with every call does not
 * flood the log. The next line let through says in `suppressed` how many were not. Messages are the key: keep
 * them constant and put what varies into the fields.
 */
export function createBoundedLog({
  log,
  now,
  maxLines = 3,
  intervalMs = 60_000,
}: BoundedLogOptions): WarnLog {
  const windows = new Map<string, { since: number; lines: number; suppressed: number }>();

  return {
    warn(fields, message) {
      const window = windows.get(message) ?? { since: now(), lines: 0, suppressed: 0 };
      windows.set(message, window);
      if (now() - window.since >= intervalMs) {
        window.since = now();
        window.lines = 0;
      }
      if (window.lines >= maxLines) {
        window.suppressed += 1;
        return;
      }
      window.lines += 1;
      log.warn(window.suppressed > 0 ? { ...fields, suppressed: window.suppressed } : fields, message);
      window.suppressed = 0;
    },
  };
}

export interface BoundedLogOptions {
  log: WarnLog;
  now: Now;
  /** Lines per message and interval. Default 3. */
  maxLines?: number;
  /** Default 1 min. */
  intervalMs?: number;
}
