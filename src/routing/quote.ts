import {
  estimateInputTokens,
  estimateOutputTokens,
  estimateTokensOfTexts,
  mostInputTokens,
  mostTokensOfTexts,
} from '../completion/estimate-tokens.ts';
import type { ModelFacts } from '../completion/ports/catalogue.ts';
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
  const inputTokens = mostInput(request);
  for (const target of targets) {
    const facts = target.facts();
    const outputTokens = mostOutput(request, target.provider.kind, facts);
    const cost = facts?.priceAtMost({ inputTokens, outputTokens });
    if (!cost || cost.unpriced) unpriced.push(nameOf(target));
    else nanoUsd = Math.max(nanoUsd, cost.nanoUsd);
  }
  return {
    nanoUsd,
    unpriced,
    tokens: () => estimateTokens(request),
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

/** The same for whichever target answers. */
function mostInput(request: Asked): number {
  return 'texts' in request ? mostTokensOfTexts(request.texts) : mostInputTokens(request);
}

/** A provider's own options may raise the limit that the request names. */
function mostOutput(request: Asked, kind: string, facts: ModelFacts | undefined): number {
  if ('texts' in request) return 0;
  const { maxOutputTokens = Number.POSITIVE_INFINITY, providerOptions } = request;
  const ofModel = facts?.maxOutputTokens || facts?.contextWindow || UNKNOWN_MOST;
  return kind in providerOptions ? ofModel : Math.min(maxOutputTokens, ofModel);
}

/** No model that is offered in 2026 writes more into one answer. */
const UNKNOWN_MOST = 128_000;
