import type { Cohere } from 'cohere-ai';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import { ReasoningEffort } from '../../gen/sluice/v1/completion_service.ts';
import { capabilitiesOf } from './capabilities.ts';
import type { Wire } from './wire.ts';

/**
 * Maps how much a model shall think: it takes a budget, or none. Undefined says nothing of it, and then a model that can
 * think does.
 */
export function mapThinking({ model, request }: ProviderCall): Wire<Cohere.Thinking> | undefined {
  const { reasoning, maxOutputTokens } = request;
  if (!reasoning || !capabilitiesOf(model).reasoning) return undefined;
  const { effort, budgetTokens } = reasoning;
  if (budgetTokens === 0) return { type: 'disabled' };
  if (budgetTokens !== undefined) return { type: 'enabled', token_budget: budgetTokens };
  switch (effort) {
    case ReasoningEffort.UNSPECIFIED:
    case ReasoningEffort.UNRECOGNIZED:
      return undefined;
    case ReasoningEffort.NONE:
      return { type: 'disabled' };
    case ReasoningEffort.HIGH:
      // The vendor's advice: no budget at all.
      return { type: 'enabled' };
    default:
      return { type: 'enabled', token_budget: budgetOf(effort, maxOutputTokens) };
  }
}

/** What an effort comes to in tokens. The limit on the answer includes them, and half of it is left to the rest. */
function budgetOf(effort: keyof typeof BUDGETS, limit: number | undefined): number {
  return Math.min(BUDGETS[effort], Math.max(1, Math.floor((limit ?? Number.POSITIVE_INFINITY) / 2)));
}

const BUDGETS = {
  [ReasoningEffort.MINIMAL]: 1024,
  [ReasoningEffort.LOW]: 2048,
  [ReasoningEffort.MEDIUM]: 8192,
};
