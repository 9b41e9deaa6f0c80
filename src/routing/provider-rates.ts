import { GatewayError } from '../completion/error.ts';
import type { PacedClaim, Rates } from '../completion/ledger.ts';
import type { Now } from '../completion/ports/now.ts';
import type { ProviderLimitsConfig } from '../config/config.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { pause } from './pause.ts';

/**
 * What a provider is asked for in a minute, so that a key that many share is not driven into the provider's own limit. It is
 * counted where the accounts are, for all processes together; each has a line of its own: first come, first served.
 */
export interface ProviderRates {
  /**
   * Takes a request and its tokens, by an estimate: at once, or after a wait in line where the call may wait. Rejects with the
   * refusal, which says when to come back, where the line is full or the time too long, and with the signal's reason where
   * that aborts first.
   */
  take(tokens: number, waiting: Waiting): Taken | Promise<Taken>;
  /** Whether the limit was just found to be reached. */
  isReached(): boolean;
}

/** How far a call waits. */
export interface Waiting {
  mayQueue: boolean;
  signal: AbortSignal;
  /** How long the call still has, in milliseconds; Infinity where there is no limit. */
  leftMs: number;
}

/** What was taken, until it is known how much it was. */
export interface Taken {
  /** Puts the truth in the place of the estimate. */
  correct(requests: number, tokens: number): void;
}

export interface ProviderRatesOptions {
  /** The provider's name. */
  provider: string;
  limits: ProviderLimitsConfig;
  /** Counts for all processes. */
  shared: Rates;
  /** Counts for this process, while `shared` cannot be asked. */
  local: Rates;
  /** Hears of each failure of `shared`. */
  unreachable(error: unknown): void;
  /** Any clock that never goes back, since only differences count. */
  now: Now;
}

/** How long a call that found the limit reached speaks for others, which may ask for less, in milliseconds. */
const REACHED_MS = 1_000;

export function createProviderRates({
  provider,
  limits,
  shared,
  local,
  unreachable,
  now,
}: ProviderRatesOptions): ProviderRates {
  const { maxQueueLength, queueTimeoutMs } = limits;
  const claimsFor = claimsOf(provider, limits);
  const line = new Set<Waiter>();
  let isServing = false;
  /** Until when the one that was denied last has to wait, by what the ledger said. */
  let reachedUntil = Number.NEGATIVE_INFINITY;

  return {
    take(tokens, waiting) {
      const claims = claimsFor(tokens);
      // Nobody passes those who wait.
      if (line.size > 0) return queue(claims, waiting, Math.max(0, reachedUntil - now()));
      const asked = ask(claims);
      return asked instanceof Promise
        ? asked.then((answer) => decide(claims, answer, waiting))
        : decide(claims, asked, waiting);
    },
    isReached: () => line.size > 0 || now() < reachedUntil,
  };

  function decide(claims: readonly PacedClaim[], asked: Asked, waiting: Waiting): Taken | Promise<Taken> {
    return asked.waitMs === 0 ? taken(claims, asked.from) : queue(claims, waiting, asked.waitMs);
  }

  function ask(claims: readonly PacedClaim[]): Asked | Promise<Asked> {
    const answer = shared.take(claims);
    return answer instanceof Promise
      ? answer.then(
          (waitMs) => note({ waitMs, from: shared }),
          (error) => askLocal(claims, error),
        )
      : note({ waitMs: answer, from: shared });
  }

  async function askLocal(claims: readonly PacedClaim[], error: unknown): Promise<Asked> {
    unreachable(error);
    return note({ waitMs: await local.take(claims), from: local });
  }

  function note(asked: Asked): Asked {
    if (asked.waitMs > 0) reachedUntil = now() + Math.min(asked.waitMs, REACHED_MS);
    return asked;
  }

  function queue(
    claims: readonly PacedClaim[],
    { mayQueue, signal, leftMs }: Waiting,
    waitMs: number,
  ): Promise<Taken> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const longestMs = Math.min(queueTimeoutMs, leftMs);
    if (!mayQueue || line.size >= maxQueueLength || waitMs > longestMs)
      return Promise.reject(limitReached(provider, waitMs));
    const { promise, resolve, reject } = Promise.withResolvers<Taken>();
    const leave = () => {
      signal.removeEventListener('abort', callEnded);
      line.delete(waiter);
    };
    const callEnded = () => {
      leave();
      reject(signal.reason);
    };
    const waiter: Waiter = {
      claims,
      signal,
      until: now() + longestMs,
      admit(taken) {
        leave();
        resolve(taken);
      },
      refuse(waitMs) {
        leave();
        reject(limitReached(provider, waitMs));
      },
    };
    signal.addEventListener('abort', callEnded);
    line.add(waiter);
    if (!isServing) void serve();
    return promise;
  }

  async function serve(): Promise<void> {
    isServing = true;
    // Those that join meanwhile come to their turn, too.
    for (const waiter of line) await serveOne(waiter);
    isServing = false;
  }

  /** Asks for the first in line until it has what it needs, or has to go. */
  async function serveOne(waiter: Waiter): Promise<void> {
    const { claims, signal, until } = waiter;
    while (line.has(waiter)) {
      const { waitMs, from } = await ask(claims);
      if (waitMs === 0) {
        const granted = taken(claims, from);
        if (line.has(waiter)) waiter.admit(granted);
        else granted.correct(0, 0);
      } else if (now() + waitMs > until) {
        if (line.has(waiter)) waiter.refuse(waitMs);
      } else {
        // Who leaves has heard why by itself.
        await pause(waitMs, signal).catch(() => {});
      }
    }
  }
}

/** What the ledger said, and which. */
interface Asked {
  waitMs: number;
  from: Rates;
}

interface Waiter {
  claims: readonly PacedClaim[];
  signal: AbortSignal;
  /** When its time is over, by the line's clock. */
  until: number;
  admit(taken: Taken): void;
  /** `waitMs`: how long it would have to wait. */
  refuse(waitMs: number): void;
}

function taken(claims: readonly PacedClaim[], from: Rates): Taken {
  return {
    correct(requests, tokens) {
      const amounts = claims.map(({ unit }) => (unit === 'requests' ? requests : tokens));
      if (claims.some(({ amount }, n) => amount !== amounts[n])) from.correct(claims, amounts);
    },
  };
}

function claimsOf(
  provider: string,
  { requestsPerMinute, tokensPerMinute }: ProviderLimitsConfig,
): (tokens: number) => PacedClaim[] {
  const scope = `provider:${provider}`;
  const requests = requestsPerMinute !== undefined && { scope, ...pace(requestsPerMinute), amount: 1 };
  const perMinute = tokensPerMinute !== undefined && { scope, ...pace(tokensPerMinute) };
  return (tokens) => {
    const claims: PacedClaim[] = [];
    if (requests) claims.push({ ...requests, unit: 'requests' });
    if (perMinute) claims.push({ ...perMinute, unit: 'tokens', amount: tokens });
    return claims;
  };
}

/**
 * How a bucket has to be that lets no more than `limit` through in any minute, wherever that begins: since providers count by
 * minutes as well as by buckets, and by parts of a minute. A bucket lets through what it holds and, in a minute, what drains
 * from it; the two share the limit. A tenth at once takes up bursts, and leaves most of it for a steady load. Only a call that
 * is more than that tenth by its tokens may come on top.
 */
function pace(limit: number): { perMinute: number; atOnce: number } {
  const atOnce = Math.max(1, Math.floor(limit / 10));
  const perMinute = ((limit - atOnce) * MINUTE_MS) / (MINUTE_MS + UNDER_WAY_MS);
  return { perMinute: Math.max(1, Math.floor(perMinute)), atOnce };
}

const MINUTE_MS = 60_000;

/** How much longer one request may be on its way than another: the provider counts them as they arrive. */
const UNDER_WAY_MS = 1_000;

function limitReached(provider: string, waitMs: number): GatewayError {
  return new GatewayError(
    ErrorReason.GATEWAY_OVERLOADED,
    `${provider} is asked for as much as its limits allow. Call again, or raise them.`,
    { retryAfterMs: waitMs, metadata: { provider } },
  );
}
