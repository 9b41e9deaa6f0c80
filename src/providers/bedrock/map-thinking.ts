import type { ProviderCall } from '../../completion/ports.ts';
import {
  type CompleteRequest,
  type Reasoning,
  ReasoningEffort,
  type Warning,
} from '../../gen/sluice/v1/completion_service.ts';
import { ToolMode } from '../../gen/sluice/v1/tool.ts';
import { clamped, dropped } from '../shared/warnings.ts';
import { claudeVersion, foundationModel } from './model-name.ts';
import { cannotDoWithout, effortOf, type MappedReasoning, noNumber, type Wish } from './reasoning-effort.ts';

/** Maps how much Claude shall think: a budget, an effort, or a way not to think. */
export function mapThinking(
  { model, request }: ProviderCall,
  { reasoning, control, wish }: { reasoning: Reasoning; control: 'budget' | 'adaptive'; wish: Wish },
): MappedReasoning {
  if (wish === 'no') return withoutThinking(model);
  // From 5 on it thinks unasked.
  if (wish === 'not said') return claudeVersion(model) >= 500 ? adaptive(reasoning, []) : UNSAID;
  if (forcesTools(request) && offSwitchOf(model) !== 'impossible') {
    const warning = dropped('reasoning', `${model} does not think where a tool call is forced`);
    return { ...withoutThinking(model), warnings: [warning] };
  }
  // 4.6 takes both, and the number says more.
  const numbered = reasoning.budgetTokens !== undefined && claudeVersion(model) < 407;
  if (control === 'budget' || numbered) return withBudget(request, reasoning);
  return { ...adaptive(reasoning, noNumber(model, reasoning)), effort: effortOf(reasoning) };
}

const UNSAID: MappedReasoning = { fields: {}, thinks: false, warnings: [] };

/** Anthropic refuses to think before a tool call that must be made. */
function forcesTools({ tools, toolChoice }: CompleteRequest): boolean {
  const choice = toolChoice?.choice;
  return tools.length > 0 && (choice?.$case === 'name' || choice?.value === ToolMode.REQUIRED);
}

function withoutThinking(model: string): MappedReasoning {
  const off = offSwitchOf(model);
  if (off === 'say nothing') return UNSAID;
  if (off !== 'impossible') return { fields: { thinking: { type: off } }, thinks: false, warnings: [] };
  return { fields: {}, effort: 'low', thinks: false, warnings: [cannotDoWithout(model)] };
}

/** How a model is kept from thinking: by saying nothing, by a setting, or not at all. */
function offSwitchOf(model: string): 'say nothing' | 'disabled' | 'between_tools' | 'impossible' {
  const version = claudeVersion(model);
  const [, line] = /claude-([a-z]+)/.exec(foundationModel(model)) ?? [];
  if (!(version >= 500)) return 'say nothing';
  if (line === 'fable' || line === 'mythos') return 'impossible';
  if (version < 505) return 'disabled';
  return line === 'opus' ? 'impossible' : 'between_tools';
}

function adaptive({ include }: Reasoning, warnings: Warning[]): MappedReasoning {
  const display = include ? 'summarized' : 'omitted';
  return { fields: { thinking: { type: 'adaptive', display } }, thinks: true, warnings };
}

/** The least budget that Anthropic takes. */
const MIN_BUDGET = 1024;

/** A budget must be below the output limit. One that stands for an effort leaves half of it to the answer. */
function withBudget(
  { maxOutputTokens }: CompleteRequest,
  { budgetTokens, effort }: Reasoning,
): MappedReasoning {
  if (maxOutputTokens !== undefined && maxOutputTokens <= MIN_BUDGET) {
    const why = `max_output_tokens, ${maxOutputTokens}, leaves no room for the ${MIN_BUDGET} tokens that it takes at least`;
    return { ...UNSAID, warnings: [dropped('reasoning', why)] };
  }
  const limit = maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const most = budgetTokens === undefined ? Math.floor(limit / 2) : limit - 1;
  const budget = Math.max(MIN_BUDGET, Math.min(budgetTokens ?? budgetOf(effort), most));
  return {
    fields: { thinking: { type: 'enabled', budget_tokens: budget } },
    thinks: true,
    warnings:
      budgetTokens === undefined || budget === budgetTokens ? [] : [budgetClamped(budgetTokens, budget)],
  };
}

/** What an effort comes to in tokens. */
function budgetOf(effort: ReasoningEffort): number {
  return BUDGETS.get(effort) ?? 8192;
}

const BUDGETS = new Map<ReasoningEffort, number>([
  [ReasoningEffort.MINIMAL, MIN_BUDGET],
  [ReasoningEffort.LOW, 2048],
  [ReasoningEffort.MEDIUM, 8192],
  [ReasoningEffort.HIGH, 16_384],
]);

function budgetClamped(asked: number, used: number): Warning {
  const why = asked < used ? 'raised to the least that there is' : 'lowered to stay below max_output_tokens';
  return clamped('reasoning.budget_tokens', `reasoning.budget_tokens ${asked} was ${why}, ${used}.`);
}
