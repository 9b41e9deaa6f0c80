import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ConcurrencyLimit, createConcurrencyLimit } from '../../../src/completion/concurrency-limit.ts';
import { GatewayError } from '../../../src/completion/error.ts';
import type { ConcurrencyConfig } from '../../../src/config/config.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { seededRandom } from '../../support/random.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const refusal = new GatewayError(ErrorReason.GATEWAY_OVERLOADED, 'Full.');

function aLimit(said: Partial<ConcurrencyConfig> = {}): ConcurrencyLimit {
  const config = { maxConcurrency: 1, maxQueueLength: 10, queueTimeoutMs: 100, ...said };
  return createConcurrencyLimit({ config, refuse: () => refusal, now: Date.now });
}

/** A call at the door: how it ended there, once if all is well, and how long that took. */
function knock(limit: ConcurrencyLimit, { abort = new AbortController(), entered = () => {} } = {}) {
  const came = Date.now();
  const call = { abort, ends: [] as string[], afterMs: 0 };
  const end = (how: string) => {
    call.ends.push(how);
    call.afterMs = Date.now() - came;
    if (how === 'entered') entered();
  };
  const waiting = limit.enter(abort.signal);
  if (!waiting) end('entered');
  waiting?.then(
    () => end('entered'),
    (reason) => end(reason === refusal ? 'refused' : reason.message),
  );
  return call;
}

describe('a limit on calls in flight', () => {
  it('lets calls in at once while there is a place, and makes no promise of it', () => {
    const limit = aLimit({ maxConcurrency: 2 });
    expect([limit.tryEnter(), limit.enter(AbortSignal.abort())]).toEqual([true, undefined]);
    expect(limit.status()).toMatchObject({ inFlight: 2, queued: 0 });
    expect(limit.tryEnter()).toBe(false);
  });

  it('gives a place that is left to the first in line, and to nobody in between', async () => {
    const limit = aLimit();
    knock(limit);
    const line = [knock(limit), knock(limit)];
    limit.leave();
    expect(limit.tryEnter()).toBe(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(line.map(({ ends }) => ends)).toEqual([['entered'], []]);
    limit.leave();
    limit.leave();
    expect(limit.status()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it('refuses at once where the line is full, or nobody may wait', async () => {
    const limits = [aLimit({ maxQueueLength: 1 }), aLimit({ queueTimeoutMs: 0 })];
    const calls = limits.map((limit) => [knock(limit), knock(limit), knock(limit)]);
    expect(limits.map((limit) => limit.status().queued)).toEqual([1, 0]);
    await vi.advanceTimersByTimeAsync(0);
    expect(calls.map((three) => three.map(({ ends }) => ends))).toEqual([
      [['entered'], [], ['refused']],
      [['entered'], ['refused'], ['refused']],
    ]);
  });

  it('gives up the place in line of a call that ends, with the reason of its end', async () => {
    const limit = aLimit();
    knock(limit);
    const [leaves, stays] = [knock(limit), knock(limit)];
    leaves.abort.abort(new Error('left'));
    expect(limit.status().queued).toBe(1);
    limit.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect([leaves.ends, stays.ends]).toEqual([['left'], ['entered']]);
    expect(await limit.enter(AbortSignal.abort('gone'))?.catch((reason) => reason)).toBe('gone');
  });

  it('has let a call in that ends in the moment after it got its place', async () => {
    const limit = aLimit();
    knock(limit);
    const call = knock(limit);
    limit.leave();
    call.abort.abort(new Error('left'));
    await vi.advanceTimersByTimeAsync(0);
    expect(call.ends).toEqual(['entered']);
    expect(limit.status()).toMatchObject({ inFlight: 1, queued: 0 });
  });

  it('keeps no timer and no listener for those who no longer wait', async () => {
    const limit = aLimit();
    knock(limit);
    const abort = new AbortController();
    const removed = vi.spyOn(abort.signal, 'removeEventListener');
    knock(limit, { abort });
    limit.leave();
    expect([vi.getTimerCount(), removed.mock.calls.length]).toEqual([0, 1]);
  });
});

describe('the line', () => {
  it('absorbs a burst: who waits may do so for the whole time', async () => {
    const limit = aLimit();
    knock(limit);
    const burst = [knock(limit), knock(limit), knock(limit)];
    for (let n = 0; n < 3; n++) {
      await vi.advanceTimersByTimeAsync(30);
      limit.leave();
    }
    await vi.advanceTimersByTimeAsync(0);
    expect(burst.map(({ ends, afterMs }) => [...ends, afterMs])).toEqual([
      ['entered', 30],
      ['entered', 60],
      ['entered', 90],
    ]);
  });

  it('that has not been empty for that time is cut down to those who came within 5 ms', async () => {
    const limit = aLimit();
    knock(limit);
    const early = knock(limit);
    await vi.advanceTimersByTimeAsync(60);
    const middle = knock(limit);
    await vi.advanceTimersByTimeAsync(38);
    const late = knock(limit);
    await vi.advanceTimersByTimeAsync(50);
    expect([early, middle, late].map(({ ends, afterMs }) => [...ends, afterMs])).toEqual([
      ['refused', 100],
      ['refused', 40],
      ['refused', 5],
    ]);
  });

  it('lets nobody wait for longer than 5 ms under overload, though it be empty in between', async () => {
    const limit = aLimit();
    await overload(limit);
    for (let n = 0; n < 20; n++) {
      const call = knock(limit);
      await vi.advanceTimersByTimeAsync(20);
      expect([...call.ends, call.afterMs]).toEqual(['refused', 5]);
    }
  });

  it.each([
    [99, 5],
    [100, 100],
  ])('lets wait, after a place was free for %s ms, for %s', async (freeMs, waitMs) => {
    const limit = aLimit({ maxConcurrency: 2 });
    await overload(limit);
    limit.leave();
    await vi.advanceTimersByTimeAsync(50);
    limit.leave();
    await vi.advanceTimersByTimeAsync(freeMs - 50);
    while (limit.tryEnter());
    const call = knock(limit);
    await vi.advanceTimersByTimeAsync(200);
    expect([...call.ends, call.afterMs]).toEqual(['refused', waitMs]);
  });

  async function overload(limit: ConcurrencyLimit): Promise<void> {
    while (limit.tryEnter());
    const call = knock(limit);
    await vi.advanceTimersByTimeAsync(100);
    expect([...call.ends, call.afterMs]).toEqual(['refused', 100]);
  }
});

describe('whatever happens, in whatever order', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'places are neither lost nor given twice, and the line is in order (seed %s)',
    async (seed) => {
      const random = seededRandom(seed);
      const config = {
        maxConcurrency: 1 + random.below(4),
        maxQueueLength: random.below(6),
        queueTimeoutMs: [1, 20, 100][random.below(3)] ?? 0,
      };
      const limit = aLimit(config);
      const calls: ReturnType<typeof knock>[] = [];
      /** Calls by their number, in the order in which they entered. */
      const entrances: number[] = [];
      let holders = 0;
      const come = (nth: number) =>
        knock(limit, {
          entered() {
            holders += 1;
            entrances.push(nth);
          },
        });
      const leave = () => {
        holders -= 1;
        limit.leave();
      };
      const waiting = () => calls.filter(({ ends }) => ends.length === 0);
      const someoneInLine = () => waiting()[random.below(waiting().length)];

      for (let step = 0; step < 4_000; step++) {
        const action = random.below(10);
        if (action < 4) calls.push(come(calls.length));
        else if (action < 6 && holders > 0) leave();
        else if (action === 6) someoneInLine()?.abort.abort(new Error('left'));
        else if (action === 7 && holders > 0) {
          // A place is given and its taker ends in one moment, in either order.
          const call = someoneInLine();
          if (random.below(2) === 0) call?.abort.abort(new Error('left'));
          leave();
          call?.abort.abort(new Error('left'));
        } else await vi.advanceTimersByTimeAsync(random.below(8));
        // Who got a place just now is told.
        await vi.advanceTimersByTimeAsync(0);
        const { inFlight, queued } = limit.status();
        expect(inFlight).toBe(holders);
        expect(inFlight).toBeLessThanOrEqual(config.maxConcurrency);
        expect(queued).toBe(waiting().length);
        expect(queued).toBeLessThanOrEqual(config.maxQueueLength);
        expect(queued === 0 || inFlight === config.maxConcurrency).toBe(true);
      }
      while (holders > 0) {
        leave();
        await vi.advanceTimersByTimeAsync(0);
      }

      expect(limit.status()).toMatchObject({ inFlight: 0, queued: 0 });
      expect(vi.getTimerCount()).toBe(0);
      expect(calls.filter(({ ends }) => ends.length !== 1)).toEqual([]);
      expect(calls.filter(({ afterMs }) => afterMs > config.queueTimeoutMs)).toEqual([]);
      expect(entrances).toEqual(entrances.toSorted((a, b) => a - b));
      const inLine = config.maxQueueLength > 0 ? ['left'] : [];
      expect(new Set(calls.flatMap(({ ends }) => ends))).toEqual(new Set(['entered', 'refused', ...inLine]));
    },
  );
});

describe('a limit whose numbers change', () => {
  const numbers = { maxConcurrency: 1, maxQueueLength: 10, queueTimeoutMs: 100 };

  it('gives the new places to those in line, first come, first served', async () => {
    const limit = aLimit();
    const calls = Array.from({ length: 4 }, () => knock(limit));
    limit.resize({ ...numbers, maxConcurrency: 3 });
    await vi.advanceTimersByTimeAsync(0);
    expect(calls.map(({ ends }) => ends)).toEqual([['entered'], ['entered'], ['entered'], []]);
    expect(limit.status()).toEqual({ limit: 3, inFlight: 3, queued: 1 });
  });

  it('takes no place away, and gives none before enough have left', async () => {
    const limit = aLimit({ maxConcurrency: 3 });
    const calls = Array.from({ length: 4 }, () => knock(limit));
    limit.resize(numbers);
    expect(limit.status()).toEqual({ limit: 1, inFlight: 3, queued: 1 });
    limit.leave();
    limit.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect([limit.status().inFlight, limit.tryEnter(), calls[3]?.ends]).toEqual([1, false, []]);
    limit.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect([limit.status().inFlight, calls[3]?.ends]).toEqual([1, ['entered']]);
    limit.leave();
    expect(limit.status()).toEqual({ limit: 1, inFlight: 0, queued: 0 });
  });

  it('has its line as long as it is told, and its wait', async () => {
    const limit = aLimit();
    knock(limit);
    limit.resize({ ...numbers, maxQueueLength: 1, queueTimeoutMs: 30 });
    const calls = [knock(limit), knock(limit)];
    await vi.advanceTimersByTimeAsync(29);
    expect(calls.map(({ ends }) => ends)).toEqual([[], ['refused']]);
    await vi.advanceTimersByTimeAsync(1);
    expect(calls.map(({ ends }) => ends)).toEqual([['refused'], ['refused']]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
