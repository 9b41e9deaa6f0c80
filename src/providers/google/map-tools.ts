import type { CompleteRequest, Warning } from '../../gen/sluice/v1/completion_service.ts';
import { type Tool, type ToolChoice, ToolMode } from '../../gen/sluice/v1/tool.ts';
import type { JsonObject } from '../shared/json.ts';
import { dropped } from '../shared/warnings.ts';
import { mapSchema } from './map-schema.ts';

interface Context {
  model: string;
  warnings: Warning[];
}

/** Maps the tools of a request and what is said about their use. Without tools nothing may be said about them. */
export function mapTools({ tools, toolChoice }: CompleteRequest, context: Context): JsonObject {
  if (tools.length === 0) return {};
  if (toolChoice?.disableParallel) {
    const why = 'Gemini cannot be kept from calling several tools at once';
    context.warnings.push(dropped('tool_choice.disable_parallel', why));
  }
  const functionCallingConfig = mapToolChoice(toolChoice, tools);
  return {
    tools: [{ functionDeclarations: tools.map((tool, index) => mapTool(tool, index, context)) }],
    ...(functionCallingConfig && { toolConfig: { functionCallingConfig } }),
  };
}

function mapTool({ name, description, parameters }: Tool, index: number, context: Context): JsonObject {
  return { name, ...(description && { description }), ...mapParameters(parameters, index, context) };
}

function mapParameters(parameters: string, index: number, context: Context): JsonObject {
  if (parameters === '') return {};
  const mapped = mapSchema(parameters, `tools[${index}].parameters`, context);
  if ('jsonSchema' in mapped) return { parametersJsonSchema: mapped.jsonSchema };
  // Older models refuse an object without properties; a tool without parameters says nothing of them.
  return takesNothing(mapped.openApiSchema) ? {} : { parameters: mapped.openApiSchema };
}

function takesNothing({ type, properties }: JsonObject): boolean {
  return type === 'object' && Object.keys(properties ?? {}).length === 0;
}

function mapToolChoice(toolChoice: ToolChoice | undefined, tools: readonly Tool[]): JsonObject | undefined {
  const choice = toolChoice?.choice;
  if (choice?.$case === 'name') return { mode: 'ANY', allowedFunctionNames: [choice.value] };
  if (choice?.value === ToolMode.REQUIRED) return { mode: 'ANY' };
  if (choice?.value === ToolMode.NONE) return { mode: 'NONE' };
  // Schemas are enforced for all tools or none; ANY does so anyway.
  if (tools.some(({ strict }) => strict)) return { mode: 'VALIDATED' };
  return choice?.value === ToolMode.AUTO ? { mode: 'AUTO' } : undefined;
}
