import { LRUCache } from 'lru-cache';
import { encodeMessage } from '../../completion/encode-message.ts';
import type { AnswerCache, CacheKey } from '../../completion/ports/cache.ts';
import type { Now } from '../../completion/ports/now.ts';
import { CompleteResponse } from '../../gen/sluice/v1/completion_service.ts';
import { type Lifetime, stageOf } from '../lifetime.ts';

/** One answer may take at most this share of the cache, so that a few large ones cannot empty it. */
const LARGEST_SHARE = 1 / 10;

/**
 * Keeps answers in this process, the most recently used ones. They are held encoded: their size is then known,
 * and no caller can change what another one gets.
 */
export function createMemoryAnswerCache({
  maxEntries,
  maxBytes,
  staleTtlMs,
  now,
}: MemoryAnswerCacheOptions): AnswerCache {
  const entries = new LRUCache<string, Entry>({
    max: maxEntries,
    maxSize: maxBytes,
    maxEntrySize: Math.max(1, Math.floor(maxBytes * LARGEST_SHARE)),
    sizeCalculation: (entry, key) => entry.encoded.byteLength + Buffer.byteLength(key),
  });

  return {
    async get(key) {
      const entry = entries.get(entryKey(key));
      if (!entry) return undefined;
      const stage = stageOf(entry, staleTtlMs, now());
      if (stage) return { answer: CompleteResponse.decode(entry.encoded), ...stage };
      entries.delete(entryKey(key));
      return undefined;
    },

    set(key, answer, ttlMs) {
      if (!(ttlMs > 0)) return;
      const encoded = encodeMessage(CompleteResponse, answer);
      entries.set(entryKey(key), { model: key.model, encoded, storedAt: now(), ttlMs });
    },

    async purge(model) {
      let purged = 0;
      for (const [key, entry] of [...entries.entries()]) {
        if (model !== '' && entry.model !== model) continue;
        if (stageOf(entry, staleTtlMs, now())) purged += 1;
        entries.delete(key);
      }
      return purged;
    },

    async close() {
      entries.clear();
    },
  };
}

export interface MemoryAnswerCacheOptions {
  /** Limit on answers held. */
  maxEntries: number;
  /** Limit on the bytes of answers held, their keys included. */
  maxBytes: number;
  /** How old an answer may be that is given back past its time; 0 for none. */
  staleTtlMs: number;
  now: Now;
}

interface Entry extends Lifetime {
  model: string;
  encoded: Uint8Array;
}

/** The digest is hexadecimal, so the space tells where the model begins. */
function entryKey({ model, digest }: CacheKey): string {
  return `${digest} ${model}`;
}
