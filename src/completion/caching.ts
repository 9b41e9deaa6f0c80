import type { CacheConfig } from '../config/config.ts';
import {
  CacheMode,
  type CachePolicy,
  type CompleteResponse,
  FinishReason,
} from '../gen/sluice/v1/completion_service.ts';
import { CacheStatus } from '../gen/sluice/v1/execution.ts';
import { toMilliseconds } from './duration.ts';

/** What a call may do with the cache. Reading without writing means that nothing but a stored answer will do. */
export interface Caching {
  read: boolean;
  write: boolean;
  ttlMs: number;
}

export function planCaching(policy: CachePolicy | undefined, config: CacheConfig): Caching {
  const ttlMs = policy?.ttl ? toMilliseconds(policy.ttl) : config.ttlMs;
  switch (policy?.mode) {
    case CacheMode.ENABLED:
      return { read: true, write: true, ttlMs };
    case CacheMode.BYPASS:
      return { read: false, write: false, ttlMs };
    case CacheMode.REFRESH:
      return { read: false, write: true, ttlMs };
    case CacheMode.ONLY:
      return { read: true, write: false, ttlMs };
    default:
      return { read: config.enabled, write: config.enabled, ttlMs };
  }
}

/**
 * Whether an answer is new, and ended as its model meant it to: a stale one must not be made fresh by serving it, a cut
 * or filtered one must not be repeated to others.
 */
export function isWorthStoring({ finishReason: reason, execution }: CompleteResponse): boolean {
  if (execution?.cacheStatus === CacheStatus.STALE) return false;
  return (
    reason === FinishReason.STOP ||
    reason === FinishReason.STOP_SEQUENCE ||
    reason === FinishReason.TOOL_CALLS
  );
}
