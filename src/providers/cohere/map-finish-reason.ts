import { FinishReason } from '../../gen/sluice/v1/completion_service.ts';

/** Maps why the model stopped. Where it failed, an error is thrown before it comes to this. */
export function mapFinishReason(word: string): FinishReason {
  switch (word) {
    case 'COMPLETE':
      return FinishReason.STOP;
    case 'STOP_SEQUENCE':
      return FinishReason.STOP_SEQUENCE;
    case 'MAX_TOKENS':
      return FinishReason.LENGTH;
    case 'TOOL_CALL':
      return FinishReason.TOOL_CALLS;
    default:
      return FinishReason.OTHER;
  }
}
