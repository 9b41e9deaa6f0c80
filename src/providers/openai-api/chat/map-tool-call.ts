import { isObject, type JsonObject, numberAt, objectAt, objectsAt, stringAt } from '../../shared/json.ts';
import { argumentsFromObject } from '../../shared/tool-arguments.ts';

/** A tool call, or a piece of one, as a server tells it. What it does not tell is empty. */
export interface SaidToolCall {
  /** Position among the answer's calls, which many servers leave out or repeat. */
  index: number | undefined;
  id: string;
  name: string;
  /** JSON text, or a piece of it. */
  arguments: string;
}

/**
 * The tool calls of a message, or of a delta of one: a list, or the only one as TGI before 3 tells it, or as the API
 * itself did before there were several.
 */
export function toolCallsIn(message: JsonObject | undefined): readonly JsonObject[] {
  const { tool_calls: calls, function_call: only } = message ?? {};
  if (isObject(calls)) return [calls];
  return isObject(only) ? [{ function: only }] : objectsAt(message, 'tool_calls');
}

/** Reads a tool call; undefined for tools of other types, which come only to those who ask for them by options. */
export function readToolCall(call: JsonObject): SaidToolCall | undefined {
  const tool = objectAt(call, 'function');
  if (!tool) return undefined;
  const { id } = call;
  return {
    index: numberAt(call, 'index'),
    id: typeof id === 'number' ? String(id) : (stringAt(call, 'id') ?? ''),
    name: stringAt(tool, 'name') ?? '',
    arguments: argumentsIn(tool),
  };
}

/** An id for a tool call that came without: a caller has to quote one. */
export function missingId(responseId: string, index: number): string {
  return `call_${responseId}_${index}`;
}

/** Some servers give the arguments as an object. */
function argumentsIn(tool: JsonObject): string {
  const { arguments: said } = tool;
  return typeof said === 'object' && said !== null
    ? argumentsFromObject(said)
    : (stringAt(tool, 'arguments') ?? '');
}
