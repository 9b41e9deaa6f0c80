import type { Message } from '../../gen/sluice/v1/message.ts';

/** The tool calls of a conversation, by id. */
export type ToolCalls = ReadonlyMap<string, { name: string; position: number }>;

/** Finds the calls that results may answer. */
export function findToolCalls(messages: readonly Message[]): ToolCalls {
  const calls = messages
    .flatMap(({ parts }) => parts)
    .flatMap(({ part }) => (part?.$case === 'toolCall' ? [part.value] : []));
  return new Map(calls.map(({ id, name }, position) => [id, { name, position }]));
}
