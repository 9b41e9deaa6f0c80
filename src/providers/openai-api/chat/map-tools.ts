import type {
  ChatCompletionCreateParams,
  ChatCompletionNamedToolChoice,
  ChatCompletionTool,
} from 'openai/resources/chat/completions';
import type { ModelCapabilities } from '../../../completion/ports/provider.ts';
import type { CompleteRequest } from '../../../gen/sluice/v1/completion_service.ts';
import type { Tool } from '../../../gen/sluice/v1/tool.ts';
import { parseCallersObject } from '../../shared/json.ts';
import { mapToolUse } from '../map-tool-use.ts';

type ToolMembers = Pick<ChatCompletionCreateParams, 'tools' | 'tool_choice' | 'parallel_tool_calls'>;

/** Maps the tools of a request and what is said about their use. */
export function mapTools(request: CompleteRequest, takes: ModelCapabilities): ToolMembers {
  return mapToolUse(request, takes, { define, name });
}

function define({ name, description, parameters, strict }: Tool, index: number): ChatCompletionTool {
  return {
    type: 'function',
    function: {
      name,
      ...(description && { description }),
      ...(parameters && { parameters: parseCallersObject(parameters, `tools[${index}].parameters`) }),
      ...(strict && { strict }),
    },
  };
}

function name(name: string): ChatCompletionNamedToolChoice {
  return { type: 'function', function: { name } };
}
