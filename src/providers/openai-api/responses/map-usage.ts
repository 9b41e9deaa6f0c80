import type { Usage } from '../../../gen/sluice/v1/usage.ts';
import { type JsonObject, objectAt } from '../../shared/json.ts';
import { tokensAt, unreportedUsage } from '../../shared/usage.ts';

/** Maps usage. It is counted as chat completions count it, under other names. */
export function mapUsage(usage: JsonObject | undefined): Usage {
  if (!usage) return unreportedUsage();
  return {
    inputTokens: tokensAt(usage, 'input_tokens'),
    cacheReadTokens: tokensAt(objectAt(usage, 'input_tokens_details'), 'cached_tokens'),
    cacheWriteTokens: tokensAt(objectAt(usage, 'input_tokens_details'), 'cache_write_tokens'),
    outputTokens: tokensAt(usage, 'output_tokens'),
    reasoningTokens: tokensAt(objectAt(usage, 'output_tokens_details'), 'reasoning_tokens'),
    estimated: false,
  };
}
