import type { ToolResult } from '../../gen/sluice/v1/message.ts';

/** The text of a tool's result, for vendors that have no other way to say that the tool failed. */
export function toolResultText({ content, isError }: ToolResult): string {
  return isError ? JSON.stringify({ error: content }) : content;
}
