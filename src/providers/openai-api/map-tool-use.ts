import type { ModelCapabilities } from '../../completion/ports/provider.ts';
import type { CompleteRequest } from '../../gen/sluice/v1/completion_service.ts';
import { type Tool, type ToolChoice, ToolMode } from '../../gen/sluice/v1/tool.ts';

/** How one of OpenAI's APIs writes a tool, and that one of them is to be called. */
export interface ToolWords<Definition, Named> {
  define(tool: Tool, index: number): Definition;
  name(name: string): Named;
}

/** Maps the tools of a request and what is said about their use. Without tools nothing may be said about them. */
export function mapToolUse<Definition, Named>(
  { tools, toolChoice }: CompleteRequest,
  takes: ModelCapabilities,
  { define, name }: ToolWords<Definition, Named>,
) {
  if (tools.length === 0) return {};
  const choice = toolChoice && mapToolChoice(toolChoice, name);
  return {
    tools: tools.map(define),
    ...(choice && { tool_choice: choice }),
    // A model that calls one tool at a time refuses to be told so.
    ...(toolChoice?.disableParallel && takes.parallelTools && { parallel_tool_calls: false }),
  };
}

function mapToolChoice<Named>({ choice }: ToolChoice, name: (name: string) => Named) {
  if (choice?.$case === 'name') return name(choice.value);
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
