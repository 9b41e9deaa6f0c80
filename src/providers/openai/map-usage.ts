import type { Usage } from '../../gen/sluice/v1/usage.ts';
import { type JsonObject, objectAt } from '../shared/json.ts';
import { tokensAt, unreportedUsage } from '../shared/usage.ts';

/** Maps usage. OpenAI counts as the contract does: cached tokens inside the input, reasoning inside the output. */
export function mapUsage(usage: JsonObject | undefined): Usage {
  if (!usage) return unreportedUsage();
  return {
    inputTokens: tokensAt(usage, 'prompt_tokens'),
    cacheReadTokens: tokensAt(objectAt(usage, 'prompt_tokens_details'), 'cached_tokens'),
    cacheWriteTokens: tokensAt(objectAt(usage, 'prompt_tokens_details'), 'cache_write_tokens'),
    outputTokens: tokensAt(usage, 'completion_tokens'),
    reasoningTokens: tokensAt(objectAt(usage, 'completion_tokens_details'), 'reasoning_tokens'),
    estimated: false,
  };
}
