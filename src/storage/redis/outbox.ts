import type { Now } from '../../completion/ports/now.ts';
import { createBoundedLog, type WarnLog } from '../../telemetry/bounded-log.ts';
import { messageOf } from './message-of.ts';
import { isReplyError } from './reply-error.ts';

/** Limit on what waits. */
const MAX_ENTRIES = 100_000;
/**
 * Limit on what is under way at once. A slow Redis is through with fewer within the time of a command: how many is found as
 * TCP finds its window (AIMD, RFC 5681), by half of them where one is not taken, and one more for each that is.
 */
const MAX_SENDING = 128;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** How long an entry stands back that Redis refuses for what it is. */
const SET_ASIDE_MS = 10_000;

/** Something to be told to Redis for sure. */
export interface OutboxEntry {
  /** Told once: of two entries with one id, the second is dropped. */
  id: string;
  /** What is lost with it, for the log. */
  fields: Record<string, unknown>;
  /** Tells it. Is called again where it fails, whatever came of it: it must be idempotent. */
  send(): Promise<void>;
}

/** Sends entries until Redis has taken them: in the order of their coming, the first time in the same tick. */
export interface Outbox {
  add(entry: OutboxEntry): void;
  /** Waits until everything is sent, within the limit; says in the log what is not. */
  close(): Promise<void>;
}

export function createOutbox({
  log,
  now,
  random,
  closeTimeoutMs,
  maxEntries = MAX_ENTRIES,
}: OutboxOptions): Outbox {
  const warnings = createBoundedLog({ log, now });
  /** All that is not sent yet, in order; true for what is under way. */
  const entries = new Map<string, { entry: OutboxEntry; sending: boolean }>();
  let sending = 0;
  let asideCount = 0;
  let failures = 0;
  let window = MAX_SENDING;
  let pause: NodeJS.Timeout | undefined;
  let closing = false;
  let closed = false;
  /** Resolves once nothing waits after the end, or nobody waits for that any more. */
  const allSent = Promise.withResolvers<void>();

  return {
    add(entry) {
      if (entries.has(entry.id)) return;
      if (closed) return warnings.warn(entry.fields, 'A settled call is lost: it came after the end');
      if (entries.size >= maxEntries) {
        const fields = { ...entry.fields, limit: maxEntries };
        return warnings.warn(fields, 'A settled call is lost: too many wait for Redis');
      }
      entries.set(entry.id, { entry, sending: false });
      sendWaiting();
    },

    async close() {
      closing = true;
      const limit = setTimeout(allSent.resolve, closeTimeoutMs);
      if (entries.size > 0) await allSent.promise;
      clearTimeout(limit);
      closed = true;
      clearTimeout(pause);
      const [first] = entries.values();
      if (!first) return;
      const fields = { ...first.entry.fields, calls: entries.size };
      warnings.warn(fields, 'Settled calls are lost: Redis did not take them before the end');
    },
  };

  function sendWaiting(): void {
    if (pause || closed || entries.size === sending + asideCount) return;
    // While Redis fails, one goes first.
    const limit = failures > 0 ? 1 : window;
    for (const waiting of entries.values()) {
      if (sending >= limit) return;
      if (!waiting.sending) void send(waiting);
    }
  }

  async function send(waiting: { entry: OutboxEntry; sending: boolean }): Promise<void> {
    const { entry } = waiting;
    waiting.sending = true;
    sending += 1;
    try {
      await entry.send();
      entries.delete(entry.id);
      failures = 0;
      window = Math.min(MAX_SENDING, window + 1);
    } catch (error) {
      warnings.warn({ ...entry.fields, error: messageOf(error) }, 'A settled call is not booked yet');
      if (isRefusal(error)) setAside(waiting);
      else {
        waiting.sending = false;
        pauseAll();
      }
    } finally {
      sending -= 1;
    }
    if (closing && entries.size === 0) allSent.resolve();
    sendWaiting();
  }

  /** What Redis cannot book must not keep others from being booked. Somebody may repair the key; the log names it. */
  function setAside(waiting: { sending: boolean }): void {
    asideCount += 1;
    const again = () => {
      asideCount -= 1;
      waiting.sending = false;
      sendWaiting();
    };
    setTimeout(again, SET_ASIDE_MS).unref();
  }

  function pauseAll(): void {
    if (pause) return;
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
    failures += 1;
    window = Math.max(1, Math.floor(window / 2));
    const resume = () => {
      pause = undefined;
      sendWaiting();
    };
    pause = setTimeout(resume, longest * (0.5 + random() / 2));
    pause.unref();
  }
}

export interface OutboxOptions {
  log: WarnLog;
  now: Now;
  random: () => number;
  /** Limit on closing. */
  closeTimeoutMs: number;
  /** Limit on what waits; what comes beyond it is dropped. Default 100,000. */
  maxEntries?: number;
}

/** Whether a script of the ledger found what makes no sense, which no repetition changes. */
function isRefusal(error: unknown): boolean {
  return isReplyError(error) && error.message.includes('The ledger cannot read');
}
