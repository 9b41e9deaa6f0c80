import type { ReasoningEffort as OpenAiEffort } from 'openai/resources/shared';
import { type Reasoning, ReasoningEffort, type Warning } from '../../../gen/sluice/v1/completion_service.ts';
import { type ReasoningFamily, reasoningFamilyOf } from '../capabilities.ts';

/** Maps how much a model shall think to the nearest effort that it offers. */
export function mapReasoningEffort(
  reasoning: Reasoning | undefined,
  model: string,
): { effort: OpenAiEffort | undefined; warnings: Warning[] } {
  const family = reasoning && reasoningFamilyOf(model);
  if (!family) return { effort: undefined, warnings: [] };
  const effort = EFFORTS[family][reasoning.effort];
  const warnings: Warning[] = [];
  if (reasoning.effort === ReasoningEffort.NONE && effort !== 'none') {
    warnings.push({
      code: 'PARAMETER_CLAMPED',
      message: `${model} cannot do without reasoning; its least effort, ${effort}, is used.`,
      field: 'reasoning.effort',
    });
  }
  if (reasoning.budgetTokens !== undefined) {
    warnings.push(dropped('reasoning.budget_tokens', `${model} takes an effort, not a number of tokens.`));
  }
  if (reasoning.include) {
    warnings.push(dropped('reasoning.include', `${model} does not show its reasoning in chat completions.`));
  }
  return { effort, warnings };
}

function dropped(field: string, message: string): Warning {
  return { code: 'PARAMETER_DROPPED', message, field };
}

const COMMON = {
  [ReasoningEffort.UNSPECIFIED]: undefined,
  [ReasoningEffort.UNRECOGNIZED]: undefined,
  [ReasoningEffort.LOW]: 'low',
  [ReasoningEffort.MEDIUM]: 'medium',
  [ReasoningEffort.HIGH]: 'high',
} as const;

const EFFORTS: Record<ReasoningFamily, Record<ReasoningEffort, OpenAiEffort | undefined>> = {
  'o-series': { ...COMMON, [ReasoningEffort.NONE]: 'low', [ReasoningEffort.MINIMAL]: 'low' },
  'gpt-5': { ...COMMON, [ReasoningEffort.NONE]: 'minimal', [ReasoningEffort.MINIMAL]: 'minimal' },
  // Since gpt-5.1 there is `none`, but no `minimal`.
  later: { ...COMMON, [ReasoningEffort.NONE]: 'none', [ReasoningEffort.MINIMAL]: 'low' },
};
