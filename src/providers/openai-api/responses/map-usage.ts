import type { Usage } from '../../../gen/sluice/v1/usage.ts';
import { type JsonObject, objectAt } from '../../shared/json.ts';
import { tokensAt, unreportedUsage } from '../../shared/usage.ts';

/** Maps usage. It is counted as chat completions count it, under other names. */
export function mapUsage(usage: JsonObject | undefined): Usage {
  if (!usage) return unreportedUsage();
  const inputDetails = objectAt(usage, 'input_tokens_details');
  const outputDetails = objectAt(usage, 'output_tokens_details');
  const inputTokens = tokensAt(usage, 'input_tokens');
  const outputTokens = tokensAt(usage, 'output_tokens');
  return {
    inputTokens,
    // Not all servers keep these two inside of their totals.
    cacheReadTokens: Math.min(tokensAt(inputDetails, 'cached_tokens'), inputTokens),
    cacheWriteTokens: tokensAt(inputDetails, 'cache_write_tokens'),
    outputTokens,
    reasoningTokens: Math.min(tokensAt(outputDetails, 'reasoning_tokens'), outputTokens),
    estimated: false,
  };
}
