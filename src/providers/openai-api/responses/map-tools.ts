import type { FunctionTool, ResponseCreateParams } from 'openai/resources/responses/responses';
import type { ModelCapabilities } from '../../../completion/ports.ts';
import type { CompleteRequest } from '../../../gen/sluice/v1/completion_service.ts';
import { type Tool, type ToolChoice, ToolMode } from '../../../gen/sluice/v1/tool.ts';
import { parseCallersObject } from '../../shared/json.ts';

type ToolMembers = Pick<ResponseCreateParams, 'tools' | 'tool_choice' | 'parallel_tool_calls'>;

/** Maps the tools of a request and what is said about their use. Without tools nothing may be said about them. */
export function mapTools({ tools, toolChoice }: CompleteRequest, takes: ModelCapabilities): ToolMembers {
  if (tools.length === 0) return {};
  const choice = toolChoice && mapToolChoice(toolChoice);
  return {
    tools: tools.map(mapTool),
    ...(choice && { tool_choice: choice }),
    // A model that calls one tool at a time refuses to be told so.
    ...(toolChoice?.disableParallel && takes.parallelTools && { parallel_tool_calls: false }),
  };
}

function mapTool({ name, description, parameters, strict }: Tool, index: number): FunctionTool {
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

function mapToolChoice({ choice }: ToolChoice): ResponseCreateParams['tool_choice'] {
  if (choice?.$case === 'name') return { type: 'function', name: choice.value };
  switch (choice?.value) {
    case ToolMode.AUTO:
      return 'auto';
    case ToolMode.REQUIRED:
      return 'required';
    case ToolMode.NONE:
      return 'none';
    default:
      return undefined;
  }
}
