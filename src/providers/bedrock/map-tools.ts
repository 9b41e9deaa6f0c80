import type { Tool as ConverseTool, ToolConfiguration } from '@aws-sdk/client-bedrock-runtime';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import type { Message } from '../../gen/sluice/v1/message.ts';
import { type Tool, type ToolChoice, ToolMode } from '../../gen/sluice/v1/tool.ts';
import { type JsonObject, parseCallersObject } from '../shared/json.ts';
import { dropped } from '../shared/warnings.ts';
import { enforcesSchemas } from './capabilities.ts';
import { claudeVersion } from './model-name.ts';
import type { OnTheWire } from './on-the-wire.ts';

export interface MappedTools {
  toolConfig?: OnTheWire<ToolConfiguration>;
  /** What Converse has no word for, but the model has. */
  fields: JsonObject;
  warnings: Warning[];
}

type ToolBlock = OnTheWire<ConverseTool>;

/**
 * Maps the tools of a request and what is said about their use. A conversation that holds calls is refused without
 * tools, so they are described even where they are not to be called, and named where nobody describes them any more.
 */
export function mapTools(call: ProviderCall): MappedTools {
  const { tools, toolChoice, messages } = call.request;
  if (tools.length > 0 && !isMode(toolChoice, ToolMode.NONE)) return withChoice(call, describe(call));
  const called = toolsCalled(messages);
  if (called.size === 0) return { fields: {}, warnings: [] };
  if (tools.length === 0) {
    return { toolConfig: { tools: [...called].map(mapForgotten) }, fields: {}, warnings: [] };
  }
  const { toolConfig, warnings } = describe(call);
  const why = 'Bedrock cannot forbid tool calls in a conversation that holds some';
  return { toolConfig, fields: {}, warnings: [...warnings, dropped('tool_choice.mode', why)] };
}

function describe({ model, request: { tools } }: ProviderCall): {
  toolConfig: OnTheWire<ToolConfiguration>;
  warnings: Warning[];
} {
  const enforces = enforcesSchemas(model);
  const lax = enforces ? -1 : tools.findIndex(({ strict }) => strict);
  return {
    toolConfig: { tools: tools.map((tool, index) => mapTool(tool, `tools[${index}].parameters`, enforces)) },
    warnings: lax < 0 ? [] : [dropped(`tools[${lax}].strict`, `${model} does not enforce schemas`)],
  };
}

function mapTool(
  { name, description, parameters, strict }: Tool,
  field: string,
  enforces: boolean,
): ToolBlock {
  const schema = parameters === '' ? { properties: {} } : parseCallersObject(parameters, field);
  return {
    toolSpec: {
      name,
      ...(description && { description }),
      // The provider insists on a type. One that is there keeps its place, since prompt caches go by key order.
      inputSchema: { json: ('type' in schema ? schema : { type: 'object', ...schema }) as JsonDocument },
      ...(strict && enforces && { strict }),
    },
  };
}

/** JSON in the SDK's types. */
type JsonDocument = NonNullable<NonNullable<NonNullable<ToolBlock['toolSpec']>['inputSchema']>['json']>;

/** A tool that earlier turns called, and that is not offered any more. */
function mapForgotten(name: string): ToolBlock {
  return {
    toolSpec: { name, description: 'Not available any more.', inputSchema: { json: { type: 'object' } } },
  };
}

function withChoice(
  { model, request: { toolChoice } }: ProviderCall,
  { toolConfig, warnings }: { toolConfig: OnTheWire<ToolConfiguration>; warnings: Warning[] },
): MappedTools {
  const choice = mapToolChoice(toolChoice);
  if (!toolChoice?.disableParallel) {
    return { toolConfig: { ...toolConfig, ...(choice && { toolChoice: choice }) }, fields: {}, warnings };
  }
  if (claudeVersion(model) >= 405) {
    // In one place: the provider refuses a choice that is made in both.
    return { toolConfig, fields: { tool_choice: mapClaudeChoice(toolChoice) }, warnings };
  }
  return {
    toolConfig: { ...toolConfig, ...(choice && { toolChoice: choice }) },
    fields: {},
    warnings: [
      ...warnings,
      dropped('tool_choice.disable_parallel', `${model} cannot be kept from calling several tools at once`),
    ],
  };
}

function mapToolChoice(toolChoice: ToolChoice | undefined): OnTheWire<ToolConfiguration>['toolChoice'] {
  if (toolChoice?.choice?.$case === 'name') return { tool: { name: toolChoice.choice.value } };
  if (isMode(toolChoice, ToolMode.REQUIRED)) return { any: {} };
  return isMode(toolChoice, ToolMode.AUTO) ? { auto: {} } : undefined;
}

/** The choice in Anthropic's own words, which can say that one call is enough. */
function mapClaudeChoice({ choice }: ToolChoice): JsonObject {
  const single = { disable_parallel_tool_use: true };
  if (choice?.$case === 'name') return { type: 'tool', name: choice.value, ...single };
  return { type: choice?.value === ToolMode.REQUIRED ? 'any' : 'auto', ...single };
}

function isMode(toolChoice: ToolChoice | undefined, mode: ToolMode): boolean {
  return toolChoice?.choice?.$case === 'mode' && toolChoice.choice.value === mode;
}

/** Names of the tools that the conversation tells of. */
function toolsCalled(messages: readonly Message[]): Set<string> {
  const parts = messages.flatMap(({ parts }) => parts).map(({ part }) => part);
  const called = parts.flatMap((part) => (part?.$case === 'toolCall' ? [part.value.name] : []));
  const answered = parts.flatMap((part) => (part?.$case === 'toolResult' ? [part.value.name || 'tool'] : []));
  return new Set(called.length > 0 ? called : answered);
}
