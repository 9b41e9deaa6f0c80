import type { Usage } from '../../../gen/sluice/v1/usage.ts';
import { type JsonObject, objectAt } from '../../shared/json.ts';
import { tokensAt, unreportedUsage } from '../../shared/usage.ts';

/** The usage that a completion, or a chunk of one, tells; undefined where it tells none. */
export function usageIn(completion: JsonObject): JsonObject | undefined {
  const said = objectAt(completion, 'usage') ?? objectAt(objectAt(completion, 'x_groq'), 'usage');
  return said && Object.keys(said).length > 0 ? said : undefined;
}

/** Maps usage. OpenAI counts as the contract does: cached tokens inside the input, reasoning inside the output. */
export function mapUsage(usage: JsonObject | undefined): Usage {
  if (!usage) return unreportedUsage();
  const inputDetails = objectAt(usage, 'prompt_tokens_details');
  const inputTokens = tokensAt(usage, 'prompt_tokens');
  const reasoningTokens = tokensAt(objectAt(usage, 'completion_tokens_details'), 'reasoning_tokens');
  const outputTokens = outputOf(usage, inputTokens);
  return {
    inputTokens,
    // DeepSeek's name for it, and that of Together and Moonshot.
    cacheReadTokens: Math.min(
      tokensAt(inputDetails, 'cached_tokens') ||
        tokensAt(usage, 'prompt_cache_hit_tokens') ||
        tokensAt(usage, 'cached_tokens'),
      // Grok on Azure tells of more cached tokens than there were any.
      inputTokens,
    ),
    cacheWriteTokens: tokensAt(inputDetails, 'cache_write_tokens'),
    outputTokens,
    reasoningTokens: Math.min(reasoningTokens, outputTokens),
    estimated: false,
  };
}

/** xAI and Gemini leave reasoning out of the output, but not out of the total. */
function outputOf(usage: JsonObject, inputTokens: number): number {
  return Math.max(tokensAt(usage, 'completion_tokens'), tokensAt(usage, 'total_tokens') - inputTokens);
}
