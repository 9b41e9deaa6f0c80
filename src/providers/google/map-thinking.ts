import { type Reasoning, ReasoningEffort, type Warning } from '../../gen/sluice/v1/completion_service.ts';
import type { JsonObject } from '../shared/json.ts';
import { clamped } from '../shared/warnings.ts';
import { isPro, thinkingControlOf } from './capabilities.ts';

/**
 * Maps how much a model shall think. A number of tokens goes as it is, to every model that thinks, and counts more
 * than an effort. An effort becomes a level since Gemini 3, and before, the number of tokens that Google's own
 * OpenAI-compatible endpoint takes it for.
 */
export function mapThinking(
  reasoning: Reasoning | undefined,
  { model, warnings }: { model: string; warnings: Warning[] },
): { thinkingConfig?: JsonObject } {
  const control = thinkingControlOf(model);
  if (!reasoning || !control) return {};
  const { effort, budgetTokens, include } = reasoning;
  const size = isPro(model) ? 'pro' : 'flash';
  const amount =
    budgetTokens !== undefined
      ? { thinkingBudget: budgetTokens }
      : control === 'level'
        ? said('thinkingLevel', LEVELS[size][effort])
        : said('thinkingBudget', BUDGETS[size][effort]);
  const unstoppable = control === 'level' || size === 'pro';
  if (budgetTokens === undefined && effort === ReasoningEffort.NONE && unstoppable) {
    const message = `${model} cannot do without reasoning; its least effort is used.`;
    warnings.push(clamped('reasoning.effort', message));
  }
  const thinkingConfig = { ...amount, ...(include && { includeThoughts: true }) };
  return Object.keys(thinkingConfig).length === 0 ? {} : { thinkingConfig };
}

function said(member: string, value: string | number | undefined): JsonObject {
  return value === undefined ? {} : { [member]: value };
}

type Efforts<T> = Record<ReasoningEffort, T | undefined>;

const UNSAID = { [ReasoningEffort.UNSPECIFIED]: undefined, [ReasoningEffort.UNRECOGNIZED]: undefined };

const LEVELS: Record<'pro' | 'flash', Efforts<string>> = {
  pro: {
    ...UNSAID,
    [ReasoningEffort.NONE]: 'low',
    [ReasoningEffort.MINIMAL]: 'low',
    [ReasoningEffort.LOW]: 'low',
    [ReasoningEffort.MEDIUM]: 'medium',
    [ReasoningEffort.HIGH]: 'high',
  },
  flash: {
    ...UNSAID,
    [ReasoningEffort.NONE]: 'minimal',
    [ReasoningEffort.MINIMAL]: 'minimal',
    [ReasoningEffort.LOW]: 'low',
    [ReasoningEffort.MEDIUM]: 'medium',
    [ReasoningEffort.HIGH]: 'high',
  },
};

const BUDGETS_TOKENS = {
  ...UNSAID,
  [ReasoningEffort.LOW]: 1024,
  [ReasoningEffort.MEDIUM]: 8192,
  [ReasoningEffort.HIGH]: 24_576,
};

const BUDGETS: Record<'pro' | 'flash', Efforts<number>> = {
  // 128 is the least that gemini-2.5-pro takes, 512 the least that all of the flash models do.
  pro: { ...BUDGETS_TOKENS, [ReasoningEffort.NONE]: 128, [ReasoningEffort.MINIMAL]: 128 },
  flash: { ...BUDGETS_TOKENS, [ReasoningEffort.NONE]: 0, [ReasoningEffort.MINIMAL]: 512 },
};
