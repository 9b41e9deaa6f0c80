import { type Reasoning, ReasoningEffort, type Warning } from '../../gen/sluice/v1/completion_service.ts';
import { clamped, dropped } from './warnings.ts';

/** Whether a request wants the model to reason. A number of tokens counts more than an effort. */
export function wishOf({ budgetTokens, effort }: Reasoning): 'yes' | 'no' | 'not said' {
  if (budgetTokens !== undefined) return budgetTokens > 0 ? 'yes' : 'no';
  if (effort === ReasoningEffort.NONE) return 'no';
  return effort === ReasoningEffort.UNSPECIFIED ? 'not said' : 'yes';
}

/** What there is to say where a number of tokens was asked for, and only an effort can be. */
export function noNumber(model: string, { budgetTokens }: Reasoning): Warning[] {
  if (!budgetTokens) return [];
  return [dropped('reasoning.budget_tokens', `${model} takes an effort, not a number`)];
}

/** Tells that the least effort stands in for none. */
export function cannotDoWithout(model: string): Warning {
  const message = `${model} cannot do without reasoning; its least effort, low, is used.`;
  return clamped('reasoning.effort', message);
}
