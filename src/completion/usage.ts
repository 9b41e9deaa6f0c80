import type { Attempt } from '../gen/sluice/v1/execution.ts';
import type { Cost, Usage } from '../gen/sluice/v1/usage.ts';

/** Sums up what a call's attempts used, where their providers bill it. Undefined where none does. */
export function usageOf(attempts: readonly Attempt[]): Usage | undefined {
  return attempts.reduce<Usage | undefined>((sum, { usage }) => addUsage(sum, usage), undefined);
}

/** Sums up what a call's attempts cost; nothing where none of them was billed. */
export function costOf(attempts: readonly Attempt[]): Cost {
  const sum: Cost = { nanoUsd: 0, unpriced: false, estimated: false };
  for (const { cost } of attempts) {
    if (!cost) continue;
    sum.nanoUsd += cost.nanoUsd;
    sum.unpriced ||= cost.unpriced;
    sum.estimated ||= cost.estimated;
  }
  return sum;
}

/** Adds up what is known; undefined where nothing is. */
export function addUsage(sum: Usage, usage: Usage): Usage;
export function addUsage(sum: Usage | undefined, usage: Usage | undefined): Usage | undefined;
export function addUsage(sum: Usage | undefined, usage: Usage | undefined): Usage | undefined {
  if (!sum || !usage) return sum ?? usage;
  return {
    inputTokens: sum.inputTokens + usage.inputTokens,
    cacheReadTokens: sum.cacheReadTokens + usage.cacheReadTokens,
    cacheWriteTokens: sum.cacheWriteTokens + usage.cacheWriteTokens,
    outputTokens: sum.outputTokens + usage.outputTokens,
    reasoningTokens: sum.reasoningTokens + usage.reasoningTokens,
    estimated: sum.estimated || usage.estimated,
  };
}

/** Usage of which nobody but us knows. */
export function estimatedUsage(inputTokens: number, outputTokens: number): Usage {
  return {
    inputTokens,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens,
    reasoningTokens: 0,
    estimated: true,
  };
}

/** Input and output together. */
export function totalTokens(usage: Usage | undefined): number {
  return usage ? usage.inputTokens + usage.outputTokens : 0;
}
