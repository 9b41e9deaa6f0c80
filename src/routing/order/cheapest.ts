import {
  estimateInputTokens,
  estimateOutputTokens,
  estimateTokensOfTexts,
} from '../../completion/estimate-tokens.ts';
import type { ModelCatalogue } from '../../completion/ports.ts';
import type { Usage } from '../../gen/sluice/v1/usage.ts';
import { byAvailability } from './by-availability.ts';
import type { Named } from './named.ts';
import type { Asked, Choice, Ordering } from './ordering.ts';
import { sortBy } from './sort-by.ts';

/**
 * Orders by what this request may cost, by an estimate of its tokens: the available targets first, in each part those
 * without a known price last, and equal ones as configured.
 */
export function cheapest<Target extends Named>({
  catalogue,
  ...choice
}: Choice<Target> & { catalogue: ModelCatalogue }): Ordering<Target> {
  return (request) => {
    const usage = estimateUsage(request);
    const { available, away } = byAvailability(choice, request);
    const price = (target: Target) => priceOf(target, usage);
    return [...sortBy(available, price), ...sortBy(away, price)];
  };

  function priceOf({ provider, model }: Named, usage: Usage): number {
    const cost = catalogue.find({ provider: provider.name, model })?.price(usage);
    return cost && !cost.unpriced ? cost.nanoUsd : Number.MAX_VALUE;
  }
}

function estimateUsage(request: Asked): Usage {
  const embeds = 'texts' in request;
  return {
    inputTokens: embeds ? estimateTokensOfTexts(request.texts) : estimateInputTokens(request),
    outputTokens: embeds ? 0 : estimateOutputTokens(request),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    estimated: true,
  };
}
