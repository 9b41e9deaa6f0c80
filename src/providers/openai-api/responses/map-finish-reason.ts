import { FinishReason } from '../../../gen/sluice/v1/completion_service.ts';
import { type JsonObject, malformed, objectAt, stringAt } from '../../shared/json.ts';

/** Why a response stopped: the provider's word, and what it means. */
export interface Ending {
  finishReason: FinishReason;
  providerFinishReason: string;
}

/**
 * Maps why a response stopped. A whole one says no more than `completed`, and what it did says why; an incomplete one
 * names a reason. Throws PROVIDER_RESPONSE_INVALID for one that is still under way, or was called off.
 */
export function mapFinishReason(
  response: JsonObject,
  { calledTools, refused }: { calledTools: boolean; refused: boolean },
): Ending {
  const status = stringAt(response, 'status') ?? '';
  if (status === 'incomplete') {
    const word = stringAt(objectAt(response, 'incomplete_details'), 'reason') ?? status;
    return { finishReason: INCOMPLETE.get(word) ?? FinishReason.OTHER, providerFinishReason: word };
  }
  if (status !== 'completed') throw malformed('its status is neither completed nor incomplete');
  if (refused) return { finishReason: FinishReason.REFUSAL, providerFinishReason: status };
  return {
    finishReason: calledTools ? FinishReason.TOOL_CALLS : FinishReason.STOP,
    providerFinishReason: status,
  };
}

const INCOMPLETE = new Map([
  ['max_output_tokens', FinishReason.LENGTH],
  ['content_filter', FinishReason.CONTENT_FILTER],
]);
