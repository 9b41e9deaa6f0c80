import type { Dispatcher } from 'undici';
import { malformed } from './json.ts';

/**
 * The body of a response, to be read once: either whole by {@link text}, or in pieces by iteration. A piece is all
 * that has arrived by then. An unread body makes the socket pause; leaving the iteration early closes the socket.
 */
export interface ResponseBody extends AsyncIterable<Buffer> {
  /** Whether reading has begun. */
  readonly used: boolean;
  /** The whole body as UTF-8, or as much of it as `maxBytes` allows; without limit 64 MiB, above which it throws. */
  text(limit?: { maxBytes: number }): Promise<string>;
  /** Lets go of a body that said all it had to say, so that its connection can serve again if it ends at once. */
  finish(): void;
  /** Closes the socket, unless the body has ended or is finished with. */
  cancel(): void;
}

/** The side of a {@link ResponseBody} that the socket fills. */
export interface WritableResponseBody extends ResponseBody {
  push(chunk: Buffer): void;
  end(): void;
  /** Breaks the body. What came before is still read, unless `dropUnread`. */
  fail(reason: unknown, options?: { dropUnread: boolean }): void;
}

/** Above this much unread data the socket is paused. */
const HIGH_WATER_BYTES = 65_536;

const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/** How long the tail of a body that is no longer wanted may take before the connection is given up. */
const TAIL_MS = 1000;

/** What is left of a body that is over. */
type State = { is: 'open' } | { is: 'ended' } | { is: 'failed'; reason: unknown };

/** Creates an empty body. `onEnd` is called once: when all has arrived, or nothing more can. */
export function createResponseBody(source: {
  connection: Pick<Dispatcher.DispatchController, 'pause' | 'resume' | 'abort'>;
  onEnd(): void;
}): WritableResponseBody {
  const { connection, onEnd } = source;
  let unread: Buffer[] = [];
  let unreadBytes = 0;
  let state: State = { is: 'open' };
  let discarding = false;
  let wake: (() => void) | undefined;
  let tail: NodeJS.Timeout | undefined;

  const iterator: AsyncIterator<Buffer> = {
    async next() {
      while (isWaiting()) await arrival();
      const piece = takeRead();
      return piece ? { done: false, value: piece } : { done: true, value: undefined };
    },
    async return() {
      cancel();
      return { done: true, value: undefined };
    },
  };

  const body = {
    // No getter: one in a literal makes this object, of which each call has one, ten times as dear.
    used: false,
    [Symbol.asyncIterator]() {
      body.used = true;
      return iterator;
    },
    async text(limit?: { maxBytes: number }) {
      body.used = true;
      const pieces: Buffer[] = [];
      let bytes = 0;
      // Not by the iterator: most answers have arrived whole by now, and are had without another turn.
      while (!limit || bytes < limit.maxBytes) {
        while (isWaiting()) await arrival();
        const piece = takeRead();
        if (!piece) break;
        pieces.push(piece);
        bytes += piece.length;
        if (bytes > MAX_TEXT_BYTES) break;
      }
      // Of no effect on a body that has ended.
      cancel();
      if (bytes > MAX_TEXT_BYTES) throw malformed('it is larger than 64 MiB');
      const whole = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, bytes);
      return whole.toString('utf8', 0, limit?.maxBytes);
    },
    finish() {
      if (state.is !== 'open' || discarding) return;
      discard();
      connection.resume();
      tail = setTimeout(giveUp, TAIL_MS).unref();
    },
    cancel,
    push(chunk: Buffer) {
      if (discarding) return;
      unread.push(chunk);
      unreadBytes += chunk.length;
      if (unreadBytes >= HIGH_WATER_BYTES) connection.pause();
      wake?.();
    },
    end() {
      close({ is: 'ended' });
    },
    fail(reason: unknown, options?: { dropUnread: boolean }) {
      if (options?.dropUnread) takeUnread();
      close({ is: 'failed', reason });
    },
  };
  return body;

  function isWaiting(): boolean {
    return unread.length === 0 && state.is === 'open';
  }

  function arrival(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
    });
  }

  /** What there is to read; undefined at the end. Throws where the body broke off. */
  function takeRead(): Buffer | undefined {
    const piece = takeUnread();
    if (!piece && state.is === 'failed') throw state.reason;
    return piece;
  }

  function takeUnread(): Buffer | undefined {
    if (unread.length === 0) return undefined;
    const piece = unread.length === 1 ? unread[0] : Buffer.concat(unread, unreadBytes);
    const wasPaused = unreadBytes >= HIGH_WATER_BYTES;
    unread = [];
    unreadBytes = 0;
    // The socket may push at once, so the queue has to be in order by now.
    if (wasPaused && state.is === 'open') connection.resume();
    return piece;
  }

  function cancel(): void {
    if (state.is !== 'open' || discarding) return;
    discard();
    giveUp();
  }

  function giveUp(): void {
    connection.abort(new Error('The response is no longer wanted.'));
  }

  function discard(): void {
    discarding = true;
    unread = [];
    unreadBytes = 0;
  }

  function close(end: State): void {
    if (state.is !== 'open') return;
    state = end;
    clearTimeout(tail);
    onEnd();
    wake?.();
  }
}
