import { type CompleteRequest, ReasoningEffort } from '../gen/sluice/v1/completion_service.ts';

/** Whether the request asks the model to think first, which takes time and output tokens of its own. */
export function asksForReasoning({ reasoning }: Pick<CompleteRequest, 'reasoning'>): boolean {
  if (!reasoning) return false;
  if (reasoning.budgetTokens !== undefined) return reasoning.budgetTokens > 0;
  return reasoning.effort !== ReasoningEffort.UNSPECIFIED && reasoning.effort !== ReasoningEffort.NONE;
}
