import type { Usage } from '../../gen/sluice/v1/usage.ts';
import type { JsonObject } from '../shared/json.ts';
import { lacks, tokensAt, unreportedUsage } from '../shared/usage.ts';

/** Maps usage. Bedrock counts cached input apart from the rest of the input; the contract counts it in. */
export function mapUsage(usage: JsonObject | undefined): Usage {
  if (!usage) return unreportedUsage();
  const cacheReadTokens = tokensAt(usage, 'cacheReadInputTokens');
  const cacheWriteTokens = tokensAt(usage, 'cacheWriteInputTokens');
  return {
    inputTokens: tokensAt(usage, 'inputTokens') + cacheReadTokens + cacheWriteTokens,
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: tokensAt(usage, 'outputTokens'),
    // Not told apart.
    reasoningTokens: 0,
    estimated: lacks(usage, 'inputTokens', 'outputTokens'),
  };
}
