import type {
  FunctionTool,
  ResponseCreateParams,
  ToolChoiceFunction,
} from 'openai/resources/responses/responses';
import type { ModelCapabilities } from '../../../completion/ports/provider.ts';
import type { CompleteRequest } from '../../../gen/sluice/v1/completion_service.ts';
import type { Tool } from '../../../gen/sluice/v1/tool.ts';
import { parseCallersObject } from '../../shared/json.ts';
import { mapToolUse } from '../map-tool-use.ts';

type ToolMembers = Pick<ResponseCreateParams, 'tools' | 'tool_choice' | 'parallel_tool_calls'>;

/** Maps the tools of a request and what is said about their use. */
export function mapTools(request: CompleteRequest, takes: ModelCapabilities): ToolMembers {
  return mapToolUse(request, takes, { define, name });
}

function define({ name, description, parameters, strict }: Tool, index: number): FunctionTool {
  return {
    type: 'function',
    name,
    ...(description && { description }),
    parameters: parameters ? parseCallersObject(parameters, `tools[${index}].parameters`) : NO_PARAMETERS,
    // Unsaid, it is true for this API, which then refuses schemas that it cannot enforce.
    strict,
  };
}

const NO_PARAMETERS = { type: 'object', properties: {} };

function name(name: string): ToolChoiceFunction {
  return { type: 'function', name };
}
