import { basename, dirname } from 'node:path';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import type { AuditConfig } from '../config/config.ts';
import { UsageRecord } from '../gen/sluice/v1/usage_service.ts';
import type { WarnLog } from './bounded-log.ts';
import type { LogSink } from './log.ts';
import type { Redact } from './redact.ts';

/** Writes usage records where auditors find them: one line of JSON each, in the contract's own names. */
export interface AuditLog {
  write(record: UsageRecord): void;
  /** Resolves once everything written so far is out. Never rejects. */
  close(): Promise<void>;
}

/** Beyond this many bytes that the disk has not taken, further lines are lost. */
const MOST_WAITING = 64 * 2 ** 20;
/** How long a file that could not be written is left alone, in milliseconds. */
const RETRY_MS = 10_000;

/**
 * Opens the audit log: a file that is exchanged at its size, `audit.jsonl` becoming `audit.jsonl.1` and so on, or standard
 * output, between the lines of the log. What cannot be written is reported and lost; calls go on.
 */
export function openAuditLog({
  config: { file, maxBytes, maxFiles },
  standardOutput,
  redact,
  log,
  now,
}: {
  config: AuditConfig;
  standardOutput: LogSink;
  redact: Redact;
  /** Bounded: a full disk fails with every call. */
  log: WarnLog;
  now: () => number;
}): AuditLog {
  if (file === 'stdout')
    return {
      write: (record) => standardOutput.write(lineOf(record)),
      close: () => standardOutput.flush(),
    };
  let stream: RotatingFileStream | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;

  return {
    write(record) {
      if (!stream && now() - failedAt < RETRY_MS) return lost('the file could not be written');
      stream ??= open(file);
      if (stream.writableLength > MOST_WAITING) return lost('the disk is too slow');
      stream.write(lineOf(record));
    },
    async close() {
      const closing = stream;
      stream = undefined;
      if (!closing || closing.destroyed) return;
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      closing.once('close', resolve).once('error', () => resolve());
      closing.end();
      await closed;
    },
  };

  function open(path: string): RotatingFileStream {
    const opened = createStream(basename(path), {
      path: dirname(path),
      size: `${maxBytes}B`,
      rotate: maxFiles,
      mode: 0o600,
    });
    opened.on('error', (error: NodeJS.ErrnoException) => {
      if (stream === opened) stream = undefined;
      failedAt = now();
      lost(error.code ?? 'the file could not be written');
    });
    return opened;
  }

  function lost(why: string): void {
    log.warn({ file, why }, 'audit log: a record could not be written');
  }

  /** End users and labels are callers' texts, which may hold anything. */
  function lineOf(record: UsageRecord): string {
    return `${redact(JSON.stringify(UsageRecord.toJSON(record)))}\n`;
  }
}
