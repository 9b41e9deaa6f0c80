import type { Tool as AnthropicTool, MessageCreateParams } from '@anthropic-ai/sdk/resources/messages';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { type Tool, type ToolChoice, ToolMode } from '../../gen/sluice/v1/tool.ts';
import { parseCallersObject } from '../shared/json.ts';
import { dropped } from '../shared/warnings.ts';
import { enforcesSchemas } from './capabilities.ts';

export interface MappedTools {
  members: Pick<MessageCreateParams, 'tools' | 'tool_choice'>;
  warnings: Warning[];
}

/** Maps the tools of a request and what is said about their use. Without tools nothing may be said about them. */
export function mapTools({ model, request: { tools, toolChoice } }: ProviderCall): MappedTools {
  if (tools.length === 0) return { members: {}, warnings: [] };
  const enforces = enforcesSchemas(model);
  const choice = toolChoice && mapToolChoice(toolChoice);
  const lax = enforces ? -1 : tools.findIndex(({ strict }) => strict);
  return {
    members: {
      tools: tools.map((tool, index) => mapTool(tool, `tools[${index}].parameters`, enforces)),
      ...(choice && { tool_choice: choice }),
    },
    warnings: lax < 0 ? [] : [dropped(`tools[${lax}].strict`, `${model} does not enforce schemas`)],
  };
}

function mapTool(
  { name, description, parameters, strict }: Tool,
  field: string,
  enforces: boolean,
): AnthropicTool {
  const schema = parameters === '' ? { properties: {} } : parseCallersObject(parameters, field);
  return {
    name,
    ...(description && { description }),
    // The provider insists on a type. One that is there keeps its place, since prompt caches go by key order.
    input_schema: ('type' in schema
      ? schema
      : { type: 'object', ...schema }) as AnthropicTool['input_schema'],
    ...(strict && enforces && { strict }),
  };
}

function mapToolChoice({ choice, disableParallel }: ToolChoice): MessageCreateParams['tool_choice'] {
  const parallel = disableParallel ? { disable_parallel_tool_use: true } : {};
  if (choice?.$case === 'name') return { type: 'tool', name: choice.value, ...parallel };
  switch (choice?.value) {
    case ToolMode.NONE:
      return { type: 'none' };
    case ToolMode.REQUIRED:
      return { type: 'any', ...parallel };
    case ToolMode.AUTO:
      return { type: 'auto', ...parallel };
    default:
      return disableParallel ? { type: 'auto', ...parallel } : undefined;
  }
}
