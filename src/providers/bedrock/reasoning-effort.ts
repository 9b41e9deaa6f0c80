import { type Reasoning, ReasoningEffort, type Warning } from '../../gen/sluice/v1/completion_service.ts';
import type { JsonObject } from '../shared/json.ts';
import { clamped, dropped } from '../shared/warnings.ts';

/** What a request says about reasoning. */
export interface MappedReasoning {
  /** What Converse has no word for, but the model has. */
  fields: JsonObject;
  effort?: Effort;
  /** Whether Claude thinks, which limits how it can be asked to sample. */
  thinks: boolean;
  warnings: Warning[];
}

export type Effort = 'low' | 'medium' | 'high';

export type Wish = 'yes' | 'no' | 'not said';

/** An effort as most models have it. Where only a number is said, the middle one. */
export function effortOf({ effort }: Reasoning): Effort {
  return EFFORTS.get(effort) ?? 'medium';
}

const EFFORTS = new Map<ReasoningEffort, Effort>([
  [ReasoningEffort.MINIMAL, 'low'],
  [ReasoningEffort.LOW, 'low'],
  [ReasoningEffort.HIGH, 'high'],
]);

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
