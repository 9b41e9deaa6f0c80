import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { together } from '../../../src/storage/redis/together.ts';

describe('doing things together', () => {
  it('does at once what comes in one turn of the event loop, and each gets its own result', async () => {
    const batches: number[][] = [];
    const double = together<number, number>(
      async (numbers) => {
        batches.push([...numbers]);
        return numbers.map((number) => 2 * number);
      },
      { most: 32 },
    );
    const first = Promise.all([double(1), Promise.resolve(2).then(double)]);
    await nextTurn();
    const second = double(3);

    expect([...(await first), await second]).toEqual([2, 4, 6]);
    expect(batches).toEqual([[1, 2], [3]]);
  });

  it('does at most so many at once, in order', async () => {
    const batches: number[][] = [];
    const keep = together<number, number>(
      async (numbers) => {
        batches.push([...numbers]);
        return numbers;
      },
      { most: 2 },
    );

    expect(await Promise.all([1, 2, 3, 4, 5].map(keep))).toEqual([1, 2, 3, 4, 5]);
    expect(batches).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('fails those whose result is an error, and all where nothing could be done', async () => {
    const failing = new Error('not this one');
    const half = together<number, number>(
      async (numbers) => numbers.map((number) => (number % 2 === 0 ? number : failing)),
      { most: 32 },
    );
    const none = together<number, number>(() => Promise.reject(failing), { most: 32 });

    expect(await Promise.allSettled([half(1), half(2), none(1), none(2)])).toEqual([
      { status: 'rejected', reason: failing },
      { status: 'fulfilled', value: 2 },
      { status: 'rejected', reason: failing },
      { status: 'rejected', reason: failing },
    ]);
  });
});
