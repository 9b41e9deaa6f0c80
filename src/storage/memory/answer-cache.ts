import { LRUCache } from 'lru-cache';
import { encodeMessage } from '../../completion/encode-message.ts';
import type { AnswerCache, CacheKey, Now } from '../../completion/ports.ts';
import { CompleteResponse } from '../../gen/sluice/v1/completion_service.ts';

/** One answer may take at most this share of the cache, so that a few large ones cannot empty it. */
const LARGEST_SHARE = 1 / 10;

/**
 * Keeps answers in this process, the most recently used ones. They are held encoded: their size is then known,
 * and no caller can change what another one gets.
 */
export function createMemoryAnswerCache({
  maxEntries,
  maxBytes,
  now,
}: MemoryAnswerCacheOptions): AnswerCache {
  const answers = new LRUCache<string, StoredAnswer>({
    max: maxEntries,
    maxSize: maxBytes,
    maxEntrySize: Math.max(1, Math.floor(maxBytes * LARGEST_SHARE)),
    sizeCalculation: (stored, key) => stored.encoded.byteLength + Buffer.byteLength(key),
    perf: { now },
    ttlResolution: 0,
  });

  return {
    async get(key) {
      const stored = answers.get(entryKey(key));
      return stored && CompleteResponse.decode(stored.encoded);
    },

    set(key, answer, ttlMs) {
      // To lru-cache a time to live of 0 means forever.
      if (!(ttlMs > 0)) return;
      // A copy from Node's pool: a piece of memory for each answer costs the collector more than the copying.
      const encoded = Buffer.from(encodeMessage(CompleteResponse, answer));
      answers.set(entryKey(key), { model: key.model, encoded }, { ttl: Math.ceil(ttlMs) });
    },

    async purge(model) {
      const found = [...answers.entries()].filter(([, stored]) => model === '' || stored.model === model);
      for (const [key] of found) answers.delete(key);
      return found.length;
    },

    async close() {
      answers.clear();
    },
  };
}

export interface MemoryAnswerCacheOptions {
  /** Limit on answers held. */
  maxEntries: number;
  /** Limit on the bytes of answers held, their keys included. */
  maxBytes: number;
  now: Now;
}

interface StoredAnswer {
  model: string;
  encoded: Uint8Array;
}

/** The digest is hexadecimal, so the space tells where the model begins. */
function entryKey({ model, digest }: CacheKey): string {
  return `${digest} ${model}`;
}
