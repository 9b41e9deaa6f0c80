import {
  estimateInputTokens,
  estimateOutputTokens,
  estimateTokensOfTexts,
  mostInputTokens,
  mostTokensOfTexts,
} from '../completion/estimate-tokens.ts';
import type { Quote } from '../completion/ports/route.ts';
import type { Asked } from './order/ordering.ts';
import { nameOf, type Target } from './target.ts';
import { totalLimit } from './time-limits.ts';

/** Says beforehand what a request can take, whichever of its targets answers. */
export function quote(request: Asked, targets: readonly Target[]): Quote {
  const [first] = targets;
  if (!first) throw new Error(`no targets for ${request.model}`);
  const unpriced: string[] = [];
  let nanoUsd = 0;
  for (const target of targets) {
    const cost = target.facts()?.priceAtMost(mostTokens(request, target));
    if (!cost || cost.unpriced) unpriced.push(nameOf(target));
    else nanoUsd = Math.max(nanoUsd, cost.nanoUsd);
  }
  return {
    nanoUsd,
    unpriced,
    tokens: estimateTokens(request),
    limitMs: totalLimit(request, first.execution),
    provider: first.provider.name,
    providerModel: first.model,
  };
}

/** Input and output tokens, by an estimate. */
export function estimateTokens(request: Asked): number {
  if ('texts' in request) return estimateTokensOfTexts(request.texts);
  return estimateInputTokens(request) + estimateOutputTokens(request);
}

function mostTokens(request: Asked, target: Target): { inputTokens: number; outputTokens: number } {
  if ('texts' in request) return { inputTokens: mostTokensOfTexts(request.texts), outputTokens: 0 };
  return { inputTokens: mostInputTokens(request), outputTokens: mostOutputTokens(request, target) };
}

/** A provider's own options may raise the limit that the request names. */
function mostOutputTokens(request: Exclude<Asked, { texts: unknown }>, { provider, facts }: Target): number {
  const { maxOutputTokens = Number.POSITIVE_INFINITY, providerOptions } = request;
  const known = facts();
  const ofModel = known?.maxOutputTokens || known?.contextWindow || UNKNOWN_MOST;
  return provider.kind in providerOptions ? ofModel : Math.min(maxOutputTokens, ofModel);
}

/** No model that is offered in 2026 writes more into one answer. */
const UNKNOWN_MOST = 128_000;
