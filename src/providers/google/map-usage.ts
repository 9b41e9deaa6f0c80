import type { Usage } from '../../gen/sluice/v1/usage.ts';
import type { JsonObject } from '../shared/json.ts';
import { lacks, tokensAt, unreportedUsage } from '../shared/usage.ts';

/**
 * Maps usage. Gemini counts thoughts beside the candidates, and what its own tools put into the prompt beside the
 * prompt; cached tokens are inside the prompt.
 */
export function mapUsage(usage: JsonObject | undefined): Usage {
  if (!usage) return unreportedUsage();
  const reasoningTokens = tokensAt(usage, 'thoughtsTokenCount');
  const inputTokens = tokensAt(usage, 'promptTokenCount') + tokensAt(usage, 'toolUsePromptTokenCount');
  return {
    inputTokens,
    cacheReadTokens: Math.min(tokensAt(usage, 'cachedContentTokenCount'), inputTokens),
    cacheWriteTokens: 0,
    outputTokens: tokensAt(usage, 'candidatesTokenCount') + reasoningTokens,
    reasoningTokens,
    // Google leaves out what is 0, as an output may be.
    estimated: lacks(usage, 'promptTokenCount'),
  };
}
