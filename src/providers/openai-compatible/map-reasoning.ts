import { type Reasoning, ReasoningEffort } from '../../gen/sluice/v1/completion_service.ts';
import { EFFORTS, type MappedReasoning, mapReasoningAsAsked } from '../openai-api/chat/map-reasoning.ts';

/** Asks DeepSeek's models to think, or not to: by a switch of their own. */
export function mapDeepSeekReasoning(reasoning: Reasoning | undefined, model: string): MappedReasoning {
  const { members, warnings } = mapReasoningAsAsked(reasoning, model);
  if (reasoning?.effort === ReasoningEffort.NONE) {
    return { members: { thinking: { type: 'disabled' } }, warnings };
  }
  if (members['reasoning_effort'] === undefined) return { members: {}, warnings };
  return { members: { thinking: { type: 'enabled' }, ...members }, warnings };
}

/** Asks a model behind OpenRouter to think, which takes an effort or a number of tokens, but not both. */
export function mapOpenRouterReasoning(reasoning: Reasoning | undefined): MappedReasoning {
  if (!reasoning) return { members: {}, warnings: [] };
  const { effort, budgetTokens } = reasoning;
  if (budgetTokens === 0) return { members: { reasoning: { effort: 'none' } }, warnings: [] };
  if (budgetTokens !== undefined) {
    return { members: { reasoning: { max_tokens: budgetTokens } }, warnings: [] };
  }
  const word = EFFORTS[effort];
  return { members: word === undefined ? {} : { reasoning: { effort: word } }, warnings: [] };
}
