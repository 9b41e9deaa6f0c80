import type { GatewayError } from '../../../completion/error.ts';
import { FinishReason } from '../../../gen/sluice/v1/completion_service.ts';
import { providerError } from '../../shared/http-error.ts';

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
    case 'model_length':
    case 'max_tokens':
      return FinishReason.LENGTH;
    case 'content_filter':
    case 'sensitive':
      return FinishReason.CONTENT_FILTER;
    case 'tool_calls':
    case 'function_call':
      return FinishReason.TOOL_CALLS;
    case 'stop':
    case 'eos':
    case 'eos_token':
    case 'end_turn':
      if (refused) return FinishReason.REFUSAL;
      return calledTools ? FinishReason.TOOL_CALLS : FinishReason.STOP;
    case 'stop_sequence':
      return FinishReason.STOP_SEQUENCE;
    default:
      return calledTools && word === '' ? FinishReason.TOOL_CALLS : FinishReason.OTHER;
  }
}

/** The error that a reason for stopping stands for, where the server failed and the answer is not whole. */
export function finishError(word: string, provider: string): GatewayError | undefined {
  if (!FAILURES.has(word)) return undefined;
  return providerError({ provider, httpStatus: undefined, code: word, cause: undefined });
}

/** OpenRouter's, Mistral's and vLLM's; vLLM's when it is stopped; DeepSeek's; Zhipu's. */
const FAILURES = new Set(['error', 'abort', 'insufficient_system_resource', 'network_error']);
