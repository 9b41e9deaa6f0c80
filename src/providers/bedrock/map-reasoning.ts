import type { ProviderCall } from '../../completion/ports.ts';
import { type Reasoning, ReasoningEffort } from '../../gen/sluice/v1/completion_service.ts';
import { reasoningControlOf } from './capabilities.ts';
import { mapThinking } from './map-thinking.ts';
import { cannotDoWithout, effortOf, type MappedReasoning, noNumber, type Wish } from './reasoning-effort.ts';

/** Maps how much a model shall reason to what its family offers. */
export function mapReasoning(call: ProviderCall): MappedReasoning {
  const { model } = call;
  const { reasoning } = call.request;
  const control = reasoningControlOf(model);
  if (!reasoning || !control) return { fields: {}, thinks: false, warnings: [] };
  const wish = wishOf(reasoning);
  switch (control) {
    case 'gpt-oss':
      return { thinks: false, ...mapGptOss(model, reasoning, wish) };
    case 'nova':
      return { thinks: false, ...mapNova(model, reasoning, wish) };
    default:
      return mapThinking(call, { reasoning, control, wish });
  }
}

function wishOf({ budgetTokens, effort }: Reasoning): Wish {
  if (budgetTokens !== undefined) return budgetTokens > 0 ? 'yes' : 'no';
  if (effort === ReasoningEffort.NONE) return 'no';
  return effort === ReasoningEffort.UNSPECIFIED ? 'not said' : 'yes';
}

type Fields = Pick<MappedReasoning, 'fields' | 'warnings'>;

function mapGptOss(model: string, reasoning: Reasoning, wish: Wish): Fields {
  if (wish === 'not said') return { fields: {}, warnings: [] };
  if (wish === 'yes')
    return { fields: { reasoning_effort: effortOf(reasoning) }, warnings: noNumber(model, reasoning) };
  return { fields: { reasoning_effort: 'low' }, warnings: [cannotDoWithout(model)] };
}

function mapNova(model: string, reasoning: Reasoning, wish: Wish): Fields {
  if (wish === 'not said') return { fields: {}, warnings: [] };
  if (wish === 'no') return { fields: { reasoningConfig: { type: 'disabled' } }, warnings: [] };
  const reasoningConfig = { type: 'enabled', maxReasoningEffort: effortOf(reasoning) };
  return { fields: { reasoningConfig }, warnings: noNumber(model, reasoning) };
}
