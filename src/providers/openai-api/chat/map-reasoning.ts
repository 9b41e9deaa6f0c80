import { type Reasoning, ReasoningEffort, type Warning } from '../../../gen/sluice/v1/completion_service.ts';
import { mapReasoningEffort } from './map-reasoning-effort.ts';

/** How thinking is asked for: members of the request's body. */
export interface MappedReasoning {
  members: Record<string, unknown>;
  warnings: Warning[];
}

/** Asks OpenAI's own models to think, in the efforts that each of them offers. */
export function mapOpenAiReasoning(reasoning: Reasoning | undefined, model: string): MappedReasoning {
  const { effort, warnings } = mapReasoningEffort(reasoning, model);
  return { members: { reasoning_effort: effort }, warnings };
}

/** Asks a server of which nothing is known to think, in the words that most of them know. */
export function mapReasoningAsAsked(reasoning: Reasoning | undefined, model: string): MappedReasoning {
  if (!reasoning) return { members: {}, warnings: [] };
  const { effort, budgetTokens } = reasoning;
  const message = `${model} is asked for an effort; no number of tokens can be told to it.`;
  return {
    members: { reasoning_effort: EFFORTS[effort] },
    warnings:
      budgetTokens === undefined
        ? []
        : [{ code: 'PARAMETER_DROPPED', message, field: 'reasoning.budget_tokens' }],
  };
}

export const EFFORTS: Record<ReasoningEffort, string | undefined> = {
  [ReasoningEffort.UNSPECIFIED]: undefined,
  [ReasoningEffort.UNRECOGNIZED]: undefined,
  [ReasoningEffort.NONE]: 'none',
  // The least that all know who know any.
  [ReasoningEffort.MINIMAL]: 'low',
  [ReasoningEffort.LOW]: 'low',
  [ReasoningEffort.MEDIUM]: 'medium',
  [ReasoningEffort.HIGH]: 'high',
};
