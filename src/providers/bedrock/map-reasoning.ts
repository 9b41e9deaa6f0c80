import type { ProviderCall } from '../../completion/ports/provider.ts';
import { type Reasoning, ReasoningEffort, type Warning } from '../../gen/sluice/v1/completion_service.ts';
import { mapThinking, thinks } from '../shared/claude/map-thinking.ts';
import type { JsonObject } from '../shared/json.ts';
import { cannotDoWithout, noNumber, wishOf } from '../shared/reasoning-wish.ts';
import { reasoningControlOf } from './capabilities.ts';

/** What a request says about reasoning. */
export interface MappedReasoning {
  /** What Converse has no word for, but the model has. */
  fields: JsonObject;
  effort?: Effort;
  /** Whether Claude thinks, which limits how it can be asked to sample. */
  thinks: boolean;
  warnings: Warning[];
}

type Effort = 'low' | 'medium' | 'high';

/** Maps how much a model shall reason to what its family offers. */
export function mapReasoning(call: ProviderCall): MappedReasoning {
  const { model } = call;
  const { reasoning } = call.request;
  const control = reasoningControlOf(model);
  if (!reasoning || !control) return { fields: {}, thinks: false, warnings: [] };
  switch (control) {
    case 'gpt-oss':
      return { thinks: false, ...mapGptOss(model, reasoning) };
    case 'nova':
      return { thinks: false, ...mapNova(model, reasoning) };
    case 'claude':
      return mapClaude(call);
  }
}

/** Without an output limit Bedrock takes the model's own, so that there is no need to make room for thinking. */
function mapClaude(call: ProviderCall): MappedReasoning {
  const { thinking, effort, warnings } = mapThinking(call);
  return {
    fields: thinking ? { thinking } : {},
    ...(effort && { effort }),
    thinks: thinks(thinking),
    warnings,
  };
}

type Fields = Pick<MappedReasoning, 'fields' | 'warnings'>;

function mapGptOss(model: string, reasoning: Reasoning): Fields {
  switch (wishOf(reasoning)) {
    case 'not said':
      return { fields: {}, warnings: [] };
    case 'yes':
      return { fields: { reasoning_effort: effortOf(reasoning) }, warnings: noNumber(model, reasoning) };
    case 'no':
      return { fields: { reasoning_effort: 'low' }, warnings: [cannotDoWithout(model)] };
  }
}

function mapNova(model: string, reasoning: Reasoning): Fields {
  switch (wishOf(reasoning)) {
    case 'not said':
      return { fields: {}, warnings: [] };
    case 'yes': {
      const reasoningConfig = { type: 'enabled', maxReasoningEffort: effortOf(reasoning) };
      return { fields: { reasoningConfig }, warnings: noNumber(model, reasoning) };
    }
    case 'no':
      return { fields: { reasoningConfig: { type: 'disabled' } }, warnings: [] };
  }
}

/** An effort as most models have it. Where only a number is said, the middle one. */
function effortOf({ effort }: Reasoning): Effort {
  return EFFORTS.get(effort) ?? 'medium';
}

const EFFORTS = new Map<ReasoningEffort, Effort>([
  [ReasoningEffort.MINIMAL, 'low'],
  [ReasoningEffort.LOW, 'low'],
  [ReasoningEffort.HIGH, 'high'],
]);
