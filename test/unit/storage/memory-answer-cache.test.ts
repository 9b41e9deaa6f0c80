import { describe, expect, it } from 'vitest';
import type { AnswerCache } from '../../../src/completion/ports/cache.ts';
import { createMemoryAnswerCache } from '../../../src/storage/memory/answer-cache.ts';
import { textAnswer } from '../../contract/sample-answer.ts';

const HOUR_MS = 3_600_000;
const now = () => 1_000_000;

describe('the bounds of the answer cache in memory', () => {
  it('forgets what was not used for longest, beyond its number of entries', async () => {
    const cache = createMemoryAnswerCache({ maxEntries: 3, maxBytes: 1_000_000, staleTtlMs: 0, now });
    store(cache, 'a', 'b', 'c');
    await cache.get({ model: 'm', digest: 'a' });
    store(cache, 'd');
    expect(await stored(cache, 'a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd']);
  });

  it('forgets what was not used for longest, beyond its number of bytes', async () => {
    const cache = createMemoryAnswerCache({ maxEntries: 1_000, maxBytes: 10_000, staleTtlMs: 0, now });
    const digests = Array.from({ length: 100 }, (_, n) => `d${n}`);
    for (const digest of digests) cache.set({ model: 'm', digest }, textAnswer('x'.repeat(900)), HOUR_MS);
    const kept = await stored(cache, ...digests);
    expect(kept).toEqual(digests.slice(-kept.length));
    // Ten would fit if keys and the answers' own frame weighed nothing.
    expect(kept.length).toBeGreaterThanOrEqual(9);
    expect(kept.length).toBeLessThanOrEqual(10);
  });

  it('counts the bytes of the keys', async () => {
    const cache = createMemoryAnswerCache({ maxEntries: 1_000, maxBytes: 10_000, staleTtlMs: 0, now });
    const model = 'm'.repeat(900);
    for (let n = 0; n < 50; n++) cache.set({ model, digest: `${n}` }, textAnswer('x'), HOUR_MS);
    expect(await cache.purge(model)).toBeLessThanOrEqual(11);
  });

  it('does not store an answer larger than a tenth of it, and drops the one it would have replaced', async () => {
    const cache = createMemoryAnswerCache({ maxEntries: 1_000, maxBytes: 10_000, staleTtlMs: 0, now });
    store(cache, 'a', 'b');
    cache.set({ model: 'm', digest: 'b' }, textAnswer('x'.repeat(1_001)), HOUR_MS);
    expect(await stored(cache, 'a', 'b')).toEqual(['a']);
  });

  it('does not hold an answer for ever whose clock was set back by years', async () => {
    let time = now();
    const bounds = { maxEntries: 1_000, maxBytes: 10_000, staleTtlMs: 24 * HOUR_MS };
    const cache = createMemoryAnswerCache({ ...bounds, now: () => time });
    store(cache, 'a', 'b');
    time -= 365 * 24 * HOUR_MS;
    expect(await stored(cache, 'a')).toEqual([]);
    expect(await cache.purge('m')).toBe(0);
    time = now();
    expect(await stored(cache, 'a', 'b')).toEqual([]);
  });
});

function store(cache: AnswerCache, ...digests: string[]): void {
  for (const digest of digests) cache.set({ model: 'm', digest }, textAnswer(digest), HOUR_MS);
}

async function stored(cache: AnswerCache, ...digests: string[]): Promise<string[]> {
  const found = await Promise.all(digests.map((digest) => cache.get({ model: 'm', digest })));
  return digests.filter((_, index) => found[index] !== undefined);
}
