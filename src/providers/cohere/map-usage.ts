import type { Usage } from '../../gen/sluice/v1/usage.ts';
import { type JsonObject, objectAt } from '../shared/json.ts';
import { lacks, tokensAt, unreportedUsage } from '../shared/usage.ts';

/**
 * Maps usage. What was read and written is in `tokens`: the preamble that Cohere puts before each conversation, and
 * what the cache had of it, included. `billed_units` leaves the preamble out, as the invoice does.
 */
export function mapUsage(usage: JsonObject | undefined): Usage {
  const tokens = objectAt(usage, 'tokens');
  if (!tokens) return unreportedUsage();
  const inputTokens = tokensAt(tokens, 'input_tokens');
  const outputTokens = tokensAt(tokens, 'output_tokens');
  return {
    inputTokens,
    cacheReadTokens: Math.min(tokensAt(usage, 'cached_tokens'), inputTokens),
    cacheWriteTokens: 0,
    outputTokens,
    reasoningTokens: Math.min(tokensAt(tokens, 'reasoning_tokens'), outputTokens),
    estimated: lacks(tokens, 'input_tokens', 'output_tokens'),
  };
}
