import type { Usage } from '../../gen/sluice/v1/usage.ts';
import { type JsonObject, objectAt } from '../shared/json.ts';
import { tokensAt, unreportedUsage } from '../shared/usage.ts';

/** Maps usage. Anthropic counts cached input apart from the rest of the input; the contract counts it in. */
export function mapUsage(usage: JsonObject | undefined): Usage {
  if (!usage) return unreportedUsage();
  const cacheReadTokens = tokensAt(usage, 'cache_read_input_tokens');
  const cacheWriteTokens = tokensAt(usage, 'cache_creation_input_tokens');
  return {
    inputTokens: tokensAt(usage, 'input_tokens') + cacheReadTokens + cacheWriteTokens,
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: tokensAt(usage, 'output_tokens'),
    reasoningTokens: tokensAt(objectAt(usage, 'output_tokens_details'), 'thinking_tokens'),
    estimated: false,
  };
}

/**
 * Maps the usage of a stream, which tells it twice: a first account at the start, and at the end the final one, whose
 * figures replace those of the first. Without the final one the output can only be guessed.
 */
export function mapStreamUsage(first: JsonObject | undefined, final: JsonObject | undefined): Usage {
  if (!final) return { ...mapUsage(first), estimated: true };
  const said = Object.entries(final).filter(([, value]) => value !== null);
  return mapUsage({ ...first, ...Object.fromEntries(said) });
}
