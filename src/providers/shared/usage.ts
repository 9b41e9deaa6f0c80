import type { Usage } from '../../gen/sluice/v1/usage.ts';
import { type JsonObject, numberAt } from './json.ts';

const MAX_INT32 = 2 ** 31 - 1;

/** A count of tokens as a provider gave it; 0 where it did not. */
export function tokensAt(object: JsonObject | undefined, key: string): number {
  const count = Math.trunc(numberAt(object, key) ?? 0);
  return Math.min(Math.max(count, 0), MAX_INT32);
}

/** Whether an account of usage lacks one of these figures, and so says less than was used. */
export function lacks(usage: JsonObject, ...figures: readonly string[]): boolean {
  return figures.some((figure) => numberAt(usage, figure) === undefined);
}

/** The usage of a call whose provider did not report any. */
export function unreportedUsage(): Usage {
  return {
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    estimated: true,
  };
}
