import { ReplyError } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOutbox, type Outbox } from '../../../src/storage/redis/outbox.ts';

let sent: string[];
let fails: (id: string) => Error | undefined;
let logged: [Record<string, unknown>, string][];
let underWay: number;
let mostUnderWay: number;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  logged = [];
  underWay = 0;
  mostUnderWay = 0;
  fails = () => undefined;
});
afterEach(() => vi.useRealTimers());

describe('the outbox', () => {
  it('sends in the same tick, in order, a bounded number at once', async () => {
    const outbox = anOutbox();
    for (let n = 0; n < 1_000; n++) add(outbox, `e${n}`);
    expect(sent).toHaveLength(128);
    await vi.runAllTimersAsync();
    expect(sent).toEqual(Array.from({ length: 1_000 }, (_, n) => `e${n}`));
    expect(mostUnderWay).toBe(128);
  });

  it('sends again what failed, before what came later, ever more slowly', async () => {
    const outbox = anOutbox();
    fails = () => new Error('away');
    add(outbox, 'a');
    await vi.advanceTimersByTimeAsync(0);
    add(outbox, 'b');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent.length).toBeLessThan(20);
    fails = () => undefined;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent.slice(-2)).toEqual(['a', 'b']);
    const before = sent.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toHaveLength(before);
    expect(logged.length).toBeLessThanOrEqual(3);
  });

  it('sends one of two with the same id', async () => {
    const outbox = anOutbox();
    add(outbox, 'a');
    add(outbox, 'a');
    await vi.runAllTimersAsync();
    expect(sent).toEqual(['a']);
  });

  it('takes no more than its limit, and says what it drops', async () => {
    const outbox = anOutbox({ maxEntries: 2 });
    fails = () => new Error('away');
    for (const id of ['a', 'b', 'c']) add(outbox, id);
    expect(logged).toContainEqual([{ id: 'c', limit: 2 }, 'A settled call is lost: too many wait for Redis']);
    fails = () => undefined;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(new Set(sent)).toEqual(new Set(['a', 'b']));
  });

  it('sets aside what Redis refuses for what it is, and tries it again later', async () => {
    const outbox = anOutbox();
    fails = (id) => (id === 'odd' ? new ReplyError('ERR The ledger cannot read k: it holds "x"') : undefined);
    for (const id of ['odd', 'a', 'b']) add(outbox, id);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toEqual(['odd', 'a', 'b']);
    fails = () => undefined;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toEqual(['odd', 'a', 'b', 'odd']);
    const closing = outbox.close();
    await vi.advanceTimersByTimeAsync(0);
    await closing;
  });

  it('waits at its end for what is under way, and no longer than its limit', async () => {
    const outbox = anOutbox();
    fails = () => new Error('away');
    add(outbox, 'a');
    let closed = false;
    const closing = outbox.close().then(() => {
      closed = true;
    });
    await vi.advanceTimersByTimeAsync(900);
    expect(closed).toBe(false);
    await vi.advanceTimersByTimeAsync(100);
    await closing;
    expect(logged.at(-1)).toEqual([
      { id: 'a', calls: 1 },
      'Settled calls are lost: Redis did not take them before the end',
    ]);
    const before = sent.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toHaveLength(before);
  });

  it('ends at once where nothing waits', async () => {
    const outbox = anOutbox();
    add(outbox, 'a');
    await vi.advanceTimersByTimeAsync(10);
    await outbox.close();
    expect(logged).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

function anOutbox(said: { maxEntries?: number } = {}): Outbox {
  const log = {
    warn: (fields: Record<string, unknown>, message: string) => void logged.push([fields, message]),
  };
  return createOutbox({ log, now: Date.now, random: () => 0.5, closeTimeoutMs: 1_000, ...said });
}

function add(outbox: Outbox, id: string): void {
  outbox.add({
    id,
    fields: { id },
    async send() {
      sent.push(id);
      underWay += 1;
      mostUnderWay = Math.max(mostUnderWay, underWay);
      await new Promise((resolve) => setTimeout(resolve, 1));
      underWay -= 1;
      const error = fails(id);
      if (error) throw error;
    },
  });
}
