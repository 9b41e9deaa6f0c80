import type { CompleteResponse } from '../../gen/sluice/v1/completion_service.ts';

/**
 * Keeps whole answers. It never fails and never makes a call wait: whatever goes wrong underneath is a miss
 * within 50 ms, reported by the implementation with bounded logging.
 */
export interface AnswerCache {
  /** One look-up for both: an answer past its time is then in hand when the providers fail. */
  get(key: CacheKey): Promise<StoredAnswer | undefined>;
  /**
   * Stores in the background; {@link AnswerCache.close} waits for what is under way. The answer is fresh for `ttlMs`,
   * and kept for as long as the cache was made to keep stale ones, where that is longer.
   */
  set(key: CacheKey, answer: CompleteResponse, ttlMs: number): void;
  /** Forgets the answers of a model, or all where it is empty, stale ones too. Throws a GatewayError where it cannot. */
  purge(model: string): Promise<number>;
  close(): Promise<void>;
}

/** An answer as a cache gives it back. */
export interface StoredAnswer {
  answer: CompleteResponse;
  /** Time since it was stored, in milliseconds. */
  ageMs: number;
  /** Whether it may be replayed. Otherwise it is stale: past its time, and good only where there is no other. */
  fresh: boolean;
}

export interface CacheKey {
  /** The model, as asked for: what PurgeCache selects by. */
  model: string;
  /** Digest over everything that can change the answer, in hexadecimal. */
  digest: string;
}
