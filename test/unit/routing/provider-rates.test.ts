import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../../src/completion/error.ts';
import type { Rates } from '../../../src/completion/ledger.ts';
import type { ProviderLimitsConfig } from '../../../src/config/config.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { createProviderRates, type Waiting } from '../../../src/routing/provider-rates.ts';
import { createMemoryLedger } from '../../../src/storage/memory/ledger.ts';
import { seededRandom, testSeed } from '../../support/random.ts';

const usage = { retentionMs: 86_400_000, maxRecords: 1 };
const MINUTE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function aLedger() {
  return createMemoryLedger({ usage, now: Date.now });
}

/** What one process may ask of a provider, of which as many as it likes may share a ledger. */
function theRates(
  said: Partial<ProviderLimitsConfig>,
  { shared = aLedger(), local = aLedger() }: { shared?: Rates; local?: Rates } = {},
) {
  const limits = { maxQueueLength: 100, queueTimeoutMs: 1_000, ...said };
  const failures: unknown[] = [];
  const unreachable = (error: unknown) => void failures.push(error);
  const rates = createProviderRates({ provider: 'p', limits, shared, local, unreachable, now: Date.now });
  return {
    failures,
    isReached: rates.isReached,
    take: async (tokens = 0, waiting: Partial<Waiting> = {}) =>
      await rates.take(tokens, { ...waitsNot, mayQueue: true, ...waiting }),
    /** Whether one more passes at once. */
    passes: (tokens = 0) =>
      Promise.resolve(rates.take(tokens, waitsNot)).then(
        (taken) => taken,
        () => undefined,
      ),
  };
}

const waitsNot: Waiting = {
  mayQueue: false,
  signal: new AbortController().signal,
  leftMs: Number.POSITIVE_INFINITY,
};

const reached = (retryAfterMs: number) => ({
  reason: ErrorReason.GATEWAY_OVERLOADED,
  details: { retryAfterMs, metadata: { provider: 'p' } },
});

/** How many pass in each minute, wherever it begins. */
function mostInAMinute(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + MINUTE_MS).length));
}

describe('what a provider is asked for in a minute', () => {
  const seed = testSeed();

  it.each([1, 2, 7, 60, 600])(
    `is never more than %i, wherever the minute begins, and nearly as many under load (SEED=${seed})`,
    async (limit) => {
      const { next: random } = seededRandom(seed);
      const shared = aLedger();
      const processes = [1, 2].map(() => theRates({ requestsPerMinute: limit }, { shared }));
      const passed: number[] = [];
      for (const end = Date.now() + 3 * MINUTE_MS; Date.now() < end; ) {
        const process = processes[random() < 0.5 ? 0 : 1];
        if (await process?.passes()) passed.push(Date.now());
        vi.advanceTimersByTime(Math.ceil((random() * MINUTE_MS) / limit / 2));
      }
      const most = mostInAMinute(passed);
      expect(most).toBeLessThanOrEqual(limit);
      if (limit < 60) return;
      expect(most).toBeGreaterThanOrEqual(0.95 * limit);
      expect(passed.length).toBeGreaterThanOrEqual(3 * 0.85 * limit);
    },
  );

  it('takes tokens by the estimate, and gives back what was not used', async () => {
    const it = theRates({ tokensPerMinute: 1_000 });
    const first = await it.take(100);
    expect(await it.passes(50)).toBeUndefined();
    first.correct(1, 40);
    expect(await it.passes(50)).toBeDefined();
  });

  it('takes on top what was used beyond the estimate', async () => {
    const it = theRates({ tokensPerMinute: 1_000 });
    (await it.take(10)).correct(1, 900);
    expect(await it.passes(10)).toBeUndefined();
    vi.advanceTimersByTime(MINUTE_MS);
    expect(await it.passes(10)).toBeDefined();
  });

  it('lets a call that takes more than may come at once go alone', async () => {
    const it = theRates({ tokensPerMinute: 1_000 });
    await it.take(10);
    expect(await it.passes(2_000)).toBeUndefined();
    vi.advanceTimersByTime(1_000);
    expect(await it.passes(2_000)).toBeDefined();
    vi.advanceTimersByTime(MINUTE_MS);
    expect(await it.passes(1)).toBeUndefined();
  });

  it('takes nothing of the one limit where the other is reached', async () => {
    const it = theRates({ requestsPerMinute: 10, tokensPerMinute: 10 });
    const tokens = await it.take(1);
    for (let n = 0; n < 10; n++) expect(await it.passes(1)).toBeUndefined();
    tokens.correct(0, 0);
    expect(await it.passes(1)).toBeDefined();
  });

  it('is not forgotten by those that come with other limits', async () => {
    const shared = aLedger();
    await theRates({ requestsPerMinute: 2 }, { shared }).take();
    expect(await theRates({ requestsPerMinute: 3 }, { shared }).passes()).toBeUndefined();
  });

  it('is counted in this process while the others cannot be heard of', async () => {
    const away: Rates = { take: () => Promise.reject(new Error('away')), correct: () => expect.fail() };
    const it = theRates({ requestsPerMinute: 10, tokensPerMinute: 1_000 }, { shared: away });
    const first = await it.take(100);
    expect(await it.passes()).toBeUndefined();
    expect(it.failures).toHaveLength(2);
    first.correct(0, 0);
    expect(await it.passes()).toBeDefined();
  });
});

describe('the line for what a provider may be asked for', () => {
  // Of tokens, 54 at once, then one each 125 ms.
  const limits = { requestsPerMinute: 600, tokensPerMinute: 542 };
  const full = async (said: Partial<ProviderLimitsConfig> = {}) => {
    const it = theRates({ ...limits, ...said });
    await it.take(54);
    return it;
  };

  it('lets those pass first who have waited longest, as soon as they may', async () => {
    const it = await full();
    const order: string[] = [];
    const begun = Date.now();
    const waiting = ['a', 'b', 'c'].map((name) =>
      it.take(1).then(() => order.push(`${name} ${Date.now() - begun}`)),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    await Promise.all(waiting);
    expect(order).toEqual(['a 125', 'b 250', 'c 375']);
  });

  it('does not let those pass by who ask for less', async () => {
    const it = await full();
    const first = it.take(4);
    expect(await it.passes(0)).toBeUndefined();
    expect(it.isReached()).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    await first;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(it.isReached()).toBe(false);
  });

  it('refuses at once who would wait too long, and says for how long', async () => {
    const it = await full();
    const begun = Date.now();
    await expect(it.take(10)).rejects.toMatchObject(reached(1_250));
    await expect(it.take(3, { leftMs: 300 })).rejects.toMatchObject(reached(375));
    expect(Date.now()).toBe(begun);
  });

  it('refuses who comes to the front too late', async () => {
    const it = await full();
    const calls = Array.from({ length: 12 }, () => it.take(1));
    const ended = Promise.allSettled(calls);
    await vi.advanceTimersByTimeAsync(1_000);
    const refused = (await ended).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(4);
    expect(refused[0]).toMatchObject({ reason: reached(125) });
  });

  it('is bounded', async () => {
    const it = await full({ maxQueueLength: 1 });
    const first = it.take(1);
    await expect(it.take(1)).rejects.toMatchObject({ reason: ErrorReason.GATEWAY_OVERLOADED });
    await vi.advanceTimersByTimeAsync(200);
    await first;
  });

  it('is not for those who find another provider free', async () => {
    const it = await full();
    await expect(it.take(1, { mayQueue: false })).rejects.toMatchObject(reached(125));
  });

  it('is none where nobody may wait', async () => {
    const it = await full({ queueTimeoutMs: 0 });
    await expect(it.take(1)).rejects.toMatchObject(reached(125));
  });

  it('is left at once by a call that ends, which takes nothing', async () => {
    const it = await full();
    const abort = new AbortController();
    const gone = new GatewayError(ErrorReason.CANCELLED, 'gone');
    const first = it.take(8, { signal: abort.signal });
    const second = it.take(1);
    abort.abort(gone);
    await expect(first).rejects.toBe(gone);
    const begun = Date.now();
    await vi.advanceTimersByTimeAsync(200);
    await second;
    expect(Date.now() - begun).toBe(200);
  });

  it('gives back what it was given for a call that has left meanwhile', async () => {
    const ledger = aLedger();
    let answer = (_: number) => {};
    let waits = true;
    const shared: Rates = {
      take: (claims) => {
        if (!waits) return ledger.take(claims);
        return new Promise((resolve) => {
          answer = (waitMs) => resolve(waitMs === 0 ? ledger.take(claims) : waitMs);
        });
      },
      correct: ledger.correct,
    };
    const it = theRates({ requestsPerMinute: 10 }, { shared });
    const abort = new AbortController();
    const call = it.take(0, { signal: abort.signal });
    answer(10);
    await vi.advanceTimersByTimeAsync(0);
    abort.abort(new GatewayError(ErrorReason.CANCELLED, 'gone'));
    answer(0);
    await expect(call).rejects.toMatchObject({ reason: ErrorReason.CANCELLED });
    await vi.advanceTimersByTimeAsync(0);
    waits = false;
    expect(await it.passes()).toBeDefined();
  });
});
