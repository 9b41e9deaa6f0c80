import type { Cohere } from 'cohere-ai';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { type Tool, ToolMode } from '../../gen/sluice/v1/tool.ts';
import { parseCallersObject } from '../shared/json.ts';
import { dropped } from '../shared/warnings.ts';
import { takesToolChoice } from './capabilities.ts';
import type { Wire } from './wire.ts';

export interface MappedTools {
  members: Pick<Wire<Cohere.V2ChatRequest>, 'tools' | 'tool_choice' | 'strict_tools'>;
  warnings: Warning[];
}

/**
 * Maps the tools of a request and what is said about their use. The provider can be told that some tool must be called,
 * but not which: where one is named, the others are left out, and it is the only one that there is.
 */
export function mapTools({ model, request: { tools, toolChoice } }: ProviderCall): MappedTools {
  const { choice, disableParallel = false } = toolChoice ?? {};
  const choosable = takesToolChoice(model);
  const none = choice?.value === ToolMode.NONE;
  if (tools.length === 0 || (none && !choosable)) return { members: {}, warnings: [] };

  const named = choice?.$case === 'name' ? choice.value : undefined;
  const forced = named !== undefined || choice?.value === ToolMode.REQUIRED;
  const fieldOf = (tool: Tool) => `tools[${tools.indexOf(tool)}]`;
  const offered = named === undefined ? tools : tools.filter(({ name }) => name === named);
  const allStrict = offered.every(({ strict }) => strict);
  const oneStrict = offered.find(({ strict }) => strict);
  const warnings: Warning[] = [];
  if (forced && !choosable) warnings.push(dropped('tool_choice', `${model} decides by itself`));
  if (disableParallel && !none) {
    warnings.push(dropped('tool_choice.disable_parallel', 'Cohere has no such setting'));
  }
  if (oneStrict && !allStrict) {
    const why = 'Cohere enforces the schemas of all tools or of none';
    warnings.push(dropped(`${fieldOf(oneStrict)}.strict`, why));
  }
  return {
    members: {
      tools: offered.map((tool) => mapTool(tool, `${fieldOf(tool)}.parameters`)),
      ...((none || forced) && choosable && { tool_choice: none ? 'NONE' : 'REQUIRED' }),
      ...(allStrict && { strict_tools: true }),
    },
    warnings,
  };
}

function mapTool({ name, description, parameters }: Tool, field: string): Wire<Cohere.ToolV2> {
  return {
    type: 'function',
    function: {
      name,
      ...(description && { description }),
      parameters:
        parameters === '' ? { type: 'object', properties: {} } : parseCallersObject(parameters, field),
    },
  };
}
