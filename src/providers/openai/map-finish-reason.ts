import { FinishReason } from '../../gen/sluice/v1/completion_service.ts';

/**
 * Maps why the model stopped. What it did counts more than a bare `stop`: a refusal and tool calls may come with it.
 * A tool call that was cut off stays LENGTH, for its arguments are not whole.
 */
export function mapFinishReason(
  word: string,
  { calledTools, refused }: { calledTools: boolean; refused: boolean },
): FinishReason {
  switch (word) {
    case 'length':
      return FinishReason.LENGTH;
    case 'content_filter':
      return FinishReason.CONTENT_FILTER;
    case 'tool_calls':
    case 'function_call':
      return FinishReason.TOOL_CALLS;
    case 'stop':
      if (refused) return FinishReason.REFUSAL;
      return calledTools ? FinishReason.TOOL_CALLS : FinishReason.STOP;
    default:
      return calledTools && word === '' ? FinishReason.TOOL_CALLS : FinishReason.OTHER;
  }
}
