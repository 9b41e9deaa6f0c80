import { hash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { GatewayError } from '../../completion/error.ts';
import type { AnswerCache, CacheKey, StoredAnswer } from '../../completion/ports/cache.ts';
import type { Now } from '../../completion/ports/now.ts';
import type { CompleteResponse } from '../../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { createBoundedLog, type WarnLog } from '../../telemetry/bounded-log.ts';
import { keptMs, type Lifetime, stageOf } from '../lifetime.ts';
import type { RedisConnection } from './connection.ts';
import { messageOf } from './message-of.ts';
import { decodeStoredAnswer, encodeStoredAnswer } from './stored-answer.ts';

/** Beyond this many answers on their way to Redis, further ones are not stored. */
const MAX_PENDING_SETS = 1_000;
/** A larger answer is not kept: it could miss the time limit on its way back, and that counts against Redis. */
const MAX_STORED_BYTES = 1024 * 1024;
/** Keys looked at per SCAN: few enough that Redis is not held up. */
const SCAN_COUNT = 500;

/** Keeps answers in Redis, where every replica of the gateway finds them. Leaves the connection open on close. */
export function createRedisAnswerCache({
  redis,
  keyPrefix,
  staleTtlMs,
  now,
  log,
}: RedisAnswerCacheOptions): AnswerCache {
  const warnings = createBoundedLog({ log, now });
  const pendingSets = new Set<Promise<void>>();

  return {
    async get(key) {
      const stored = await fetch(redisKey(key));
      return stored && decode(stored);
    },

    set(key, answer, ttlMs) {
      if (!(ttlMs > 0)) return;
      if (pendingSets.size >= MAX_PENDING_SETS) {
        warnings.warn({ limit: MAX_PENDING_SETS }, 'Answer not cached: too many are on their way to Redis');
        return;
      }
      const pending = store(redisKey(key), answer, { storedAt: now(), ttlMs }).finally(() =>
        pendingSets.delete(pending),
      );
      pendingSets.add(pending);
    },

    async purge(model) {
      await Promise.all(pendingSets);
      try {
        let purged = 0;
        for (const master of redis.masters()) purged += await purgeMaster(master, keyPattern(model));
        return purged;
      } catch (cause) {
        throw purgeFailed(cause);
      }
    },

    async close() {
      // Bounded, as each of them is.
      await Promise.all(pendingSets);
    },
  };

  async function fetch(key: string): Promise<Buffer | undefined> {
    try {
      return (await redis.run((client) => client.getBuffer(key))) ?? undefined;
    } catch (error) {
      warnings.warn({ error: messageOf(error) }, 'Cache not read: Redis failed');
      return undefined;
    }
  }

  function decode(stored: Buffer): StoredAnswer | undefined {
    try {
      const { answer, lifetime } = decodeStoredAnswer(stored);
      const stage = stageOf(lifetime, staleTtlMs, now());
      return stage && { answer, ...stage };
    } catch (error) {
      warnings.warn({ error: messageOf(error) }, 'Cached answer not used: it cannot be read');
      return undefined;
    }
  }

  async function store(key: string, answer: CompleteResponse, lifetime: Lifetime): Promise<void> {
    try {
      const encoded = encodeStoredAnswer(answer, lifetime);
      await redis.run<unknown>((client) =>
        encoded.byteLength > MAX_STORED_BYTES
          ? client.unlink(key)
          : client.set(key, encoded, 'PX', keptMs(lifetime.ttlMs, staleTtlMs)),
      );
    } catch (error) {
      warnings.warn({ error: messageOf(error) }, 'Answer not cached: Redis failed');
    }
  }

  async function purgeMaster(master: Redis, pattern: string): Promise<number> {
    let purged = 0;
    let cursor = '0';
    do {
      const [next, keys] = await redis.run(() => master.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT));
      // On a cluster the keys of one command must share their hash tag.
      for (const sameModel of Map.groupBy(keys, hashTagOf).values()) {
        purged += await redis.run(() => master.unlink(sameModel));
      }
      cursor = next;
    } while (cursor !== '0');
    return purged;
  }

  function redisKey({ model, digest }: CacheKey): string {
    return `${keyPrefix}:cache:{${modelTag(model)}}:${digest}`;
  }

  function keyPattern(model: string): string {
    const prefix = keyPrefix.replace(/[\\*?[\]]/g, '\\$&');
    return `${prefix}:cache:{${model === '' ? '*' : modelTag(model)}}:*`;
  }
}

export interface RedisAnswerCacheOptions {
  redis: RedisConnection;
  /** Prefix of every key, from the configuration. */
  keyPrefix: string;
  /** How old an answer may be that is given back past its time; 0 for none. */
  staleTtlMs: number;
  now: Now;
  log: WarnLog;
}

/** A model's name is the caller's text: hashed, it cannot break the hash tag or match as a pattern. */
function modelTag(model: string): string {
  return hash('sha256', model).slice(0, 16);
}

function hashTagOf(key: string): string {
  return key.slice(key.lastIndexOf('{'), key.lastIndexOf('}'));
}

function purgeFailed(cause: unknown): GatewayError {
  return new GatewayError(
    ErrorReason.STORE_UNAVAILABLE,
    'The cache could not be purged, or only in part: Redis does not answer. Purge again once it does.',
    { cause },
  );
}
