import { FinishReason } from '../../gen/sluice/v1/completion_service.ts';

/** Maps a stop reason. A turn that the provider paused for its own tools is none that the contract knows. */
export function mapFinishReason(stopReason: string): FinishReason {
  switch (stopReason) {
    case 'end_turn':
      return FinishReason.STOP;
    case 'stop_sequence':
      return FinishReason.STOP_SEQUENCE;
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return FinishReason.LENGTH;
    case 'tool_use':
      return FinishReason.TOOL_CALLS;
    case 'refusal':
      return FinishReason.REFUSAL;
    default:
      return FinishReason.OTHER;
  }
}
