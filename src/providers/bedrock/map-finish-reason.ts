import { FinishReason } from '../../gen/sluice/v1/completion_service.ts';

/**
 * Maps a stop reason. Whether tools are to be called is told by the calls: some models say `end_turn` beside one, and
 * `tool_use` without any.
 */
export function mapFinishReason(stopReason: string, { callsTools }: { callsTools: boolean }): FinishReason {
  switch (stopReason) {
    case 'end_turn':
    case 'tool_use':
      return callsTools ? FinishReason.TOOL_CALLS : FinishReason.STOP;
    case 'stop_sequence':
      return FinishReason.STOP_SEQUENCE;
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return FinishReason.LENGTH;
    case 'guardrail_intervened':
    case 'content_filtered':
      return FinishReason.CONTENT_FILTER;
    case 'refusal':
      return FinishReason.REFUSAL;
    default:
      return FinishReason.OTHER;
  }
}
