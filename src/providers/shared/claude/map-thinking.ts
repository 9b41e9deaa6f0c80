import type { ProviderCall } from '../../../completion/ports/provider.ts';
import {
  type CompleteRequest,
  type Reasoning,
  ReasoningEffort,
  type Warning,
} from '../../../gen/sluice/v1/completion_service.ts';
import { type Part, Role } from '../../../gen/sluice/v1/message.ts';
import { ToolMode } from '../../../gen/sluice/v1/tool.ts';
import { cannotDoWithout, noNumber, wishOf } from '../reasoning-wish.ts';
import { signatureText } from '../signature.ts';
import { clamped, dropped } from '../warnings.ts';
import { type Thinking, thinkingOf } from './traits.ts';

/** What a request says about thinking, in the words of Anthropic's API, and what that makes of its output limit. */
export interface MappedThinking {
  thinking?: ThinkingSetting;
  effort?: Effort;
  /** Includes thinking. Where the caller set no limit, thinking comes on top of the default. */
  maxTokens: number;
  warnings: Warning[];
}

type ThinkingSetting =
  | { type: 'enabled'; budget_tokens: number }
  | { type: 'adaptive'; display: 'summarized' | 'omitted' }
  | { type: 'disabled' | 'between_tools' };

type Effort = 'low' | 'medium' | 'high';

/** Maps how much a model shall think to what it offers: a budget, an effort, or a way not to think. */
export function mapThinking(call: ProviderCall): MappedThinking {
  const { model, request } = call;
  const { reasoning } = request;
  const offers = thinkingOf(model);
  const said = { maxTokens: request.maxOutputTokens ?? call.defaultMaxOutputTokens, warnings: [] };
  if (!reasoning) return said;
  switch (wishOf(reasoning)) {
    case 'no':
      return { ...said, ...withoutThinking(model, offers) };
    case 'not said':
      return offers.off === 'say nothing' ? said : { ...said, thinking: adaptive(reasoning) };
    case 'yes':
      if (forcesTools(request) && offers.off !== 'impossible') {
        const warning = dropped('reasoning', `${model} does not think where a tool call is forced`);
        return { ...said, ...withoutThinking(model, offers), warnings: [warning] };
      }
      if (!offers.adaptive || (offers.budget && reasoning.budgetTokens !== undefined)) {
        return withBudget(call, reasoning);
      }
      return withEffort(call, reasoning);
  }
}

/** Whether the model is asked to think, which limits how it can be asked to sample. */
export function thinks(thinking: ThinkingSetting | undefined): boolean {
  return thinking?.type === 'enabled' || thinking?.type === 'adaptive';
}

/** The provider refuses to think before a tool call that it must make. */
function forcesTools({ tools, toolChoice }: CompleteRequest): boolean {
  const choice = toolChoice?.choice;
  return tools.length > 0 && (choice?.$case === 'name' || choice?.value === ToolMode.REQUIRED);
}

function withoutThinking(model: string, { off }: Thinking): Omit<MappedThinking, 'maxTokens'> {
  if (off === 'say nothing') return { warnings: [] };
  if (off !== 'impossible') return { thinking: { type: off }, warnings: [] };
  return { effort: 'low', warnings: [cannotDoWithout(model)] };
}

function withEffort(
  { model, request, defaultMaxOutputTokens }: ProviderCall,
  reasoning: Reasoning,
): MappedThinking {
  const effort = EFFORTS.get(reasoning.effort);
  return {
    thinking: adaptive(reasoning),
    ...(effort && { effort }),
    maxTokens: request.maxOutputTokens ?? defaultMaxOutputTokens + budgetOf(reasoning.effort),
    warnings: noNumber(model, reasoning),
  };
}

function adaptive({ include }: Reasoning): ThinkingSetting {
  return { type: 'adaptive', display: include ? 'summarized' : 'omitted' };
}

const EFFORTS = new Map<ReasoningEffort, Effort>([
  [ReasoningEffort.MINIMAL, 'low'],
  [ReasoningEffort.LOW, 'low'],
  [ReasoningEffort.MEDIUM, 'medium'],
  [ReasoningEffort.HIGH, 'high'],
]);

/** The least budget that the provider takes. */
const MIN_BUDGET = 1024;

/** What an effort comes to in tokens, where a number is needed. */
function budgetOf(effort: ReasoningEffort): number {
  return BUDGETS.get(effort) ?? 8192;
}

const BUDGETS = new Map<ReasoningEffort, number>([
  [ReasoningEffort.MINIMAL, MIN_BUDGET],
  [ReasoningEffort.LOW, 2048],
  [ReasoningEffort.MEDIUM, 8192],
  [ReasoningEffort.HIGH, 16_384],
]);

function withBudget(call: ProviderCall, { budgetTokens, effort }: Reasoning): MappedThinking {
  const { defaultMaxOutputTokens } = call;
  const limit = call.request.maxOutputTokens;
  const wanted = budgetTokens ?? budgetOf(effort);
  if (isAmidUnthoughtCalls(call.request)) {
    const why = `${call.model} cannot begin to think where it is to go on from calls that it did not think about`;
    return { maxTokens: limit ?? defaultMaxOutputTokens, warnings: [dropped('reasoning', why)] };
  }
  if (limit !== undefined && limit <= MIN_BUDGET) {
    const why = `max_output_tokens, ${limit}, leaves no room for the ${MIN_BUDGET} tokens that it takes at least`;
    return { maxTokens: limit, warnings: [dropped('reasoning', why)] };
  }
  const budget = Math.max(MIN_BUDGET, Math.min(wanted, mostOf(limit, budgetTokens !== undefined)));
  return {
    thinking: { type: 'enabled', budget_tokens: budget },
    maxTokens: limit ?? defaultMaxOutputTokens + budget,
    warnings:
      budgetTokens === undefined || budget === budgetTokens ? [] : [budgetClamped(budgetTokens, budget)],
  };
}

/**
 * Whether the model is to go on from results of tools, while nothing that it thought before it called them is there, as
 * where another vendor's model called them. With a budget of tokens the provider then refuses to think.
 */
function isAmidUnthoughtCalls({ messages, prompt }: CompleteRequest): boolean {
  if (prompt !== '') return false;
  const asked = messages.findLastIndex(({ role, parts }) => role === Role.USER && !parts.every(isResult));
  const since = messages.slice(asked + 1).flatMap(({ parts }) => parts);
  return since.some(isResult) && !since.some(isSignedReasoning);
}

function isResult({ part }: Part): boolean {
  return part?.$case === 'toolResult';
}

function isSignedReasoning({ part }: Part): boolean {
  return part?.$case === 'reasoning' && signatureText(part.value.signature) !== undefined;
}

/** A budget must be below the limit. One that stands for an effort leaves half of it to the answer. */
function mostOf(limit: number | undefined, asked: boolean): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  return asked ? limit - 1 : Math.floor(limit / 2);
}

function budgetClamped(asked: number, used: number): Warning {
  const why = asked < used ? 'raised to the least that there is' : 'lowered to stay below max_output_tokens';
  return clamped('reasoning.budget_tokens', `reasoning.budget_tokens ${asked} was ${why}, ${used}.`);
}
