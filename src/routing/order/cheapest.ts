import {
  estimateInputTokens,
  estimateOutputTokens,
  estimateTokensOfTexts,
} from '../../completion/estimate-tokens.ts';
import type { ModelFacts } from '../../completion/ports/catalogue.ts';
import { estimatedUsage } from '../../completion/usage.ts';
import type { Usage } from '../../gen/sluice/v1/usage.ts';
import { byAvailability } from './by-availability.ts';
import type { Asked, Choice, Ordering } from './ordering.ts';
import { sortBy } from './sort-by.ts';

/** A target whose prices are known, or not. */
export interface Priced {
  facts(): Pick<ModelFacts, 'price'> | undefined;
}

/**
 * Orders by what this request may cost, by an estimate of its tokens: the available targets first, in each part those
 * without a known price last, and equal ones as configured.
 */
export function cheapest<Target extends Priced>(choice: Choice<Target>): Ordering<Target> {
  return (request) => {
    const usage = estimateUsage(request);
    const { available, away } = byAvailability(choice, request);
    const price = (target: Target) => priceOf(target, usage);
    return [...sortBy(available, price), ...sortBy(away, price)];
  };
}

function priceOf({ facts }: Priced, usage: Usage): number {
  const cost = facts()?.price(usage);
  return cost && !cost.unpriced ? cost.nanoUsd : Number.MAX_VALUE;
}

function estimateUsage(request: Asked): Usage {
  const embeds = 'texts' in request;
  return embeds
    ? estimatedUsage(estimateTokensOfTexts(request.texts), 0)
    : estimatedUsage(estimateInputTokens(request), estimateOutputTokens(request));
}
