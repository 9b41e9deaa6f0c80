import type { Usage } from '../../gen/sluice/v1/usage.ts';
import { type JsonObject, objectAt } from '../shared/json.ts';
import { lacks, tokensAt, unreportedUsage } from '../shared/usage.ts';

/** Maps usage. Anthropic counts cached input apart from the rest of the input; the contract counts it in. */
export function mapUsage(usage: JsonObject | undefined): Usage {
  if (!usage) return unreportedUsage();
  const cacheReadTokens = tokensAt(usage, 'cache_read_input_tokens');
  const cacheWriteTokens = tokensAt(usage, 'cache_creation_input_tokens');
  const outputTokens = tokensAt(usage, 'output_tokens');
  const thinkingTokens = tokensAt(objectAt(usage, 'output_tokens_details'), 'thinking_tokens');
  return {
    inputTokens: tokensAt(usage, 'input_tokens') + cacheReadTokens + cacheWriteTokens,
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens,
    reasoningTokens: Math.min(thinkingTokens, outputTokens),
    estimated: lacks(usage, 'input_tokens', 'output_tokens'),
  };
}

/**
 * Maps the usage of a stream, which tells it twice: a first account at the start, and at the end the final one, whose
 * figures, as far as they go, replace those of the first. Without the final one the output can only be guessed.
 */
export function mapStreamUsage(first: JsonObject | undefined, final: JsonObject | undefined): Usage {
  if (!final) return { ...mapUsage(first), estimated: true };
  return mapUsage({ ...first, ...final });
}
