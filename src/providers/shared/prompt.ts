import { messagesOf } from '../../completion/messages.ts';
import type { CompleteRequest } from '../../gen/sluice/v1/completion_service.ts';
import { type Message, type Part, Role } from '../../gen/sluice/v1/message.ts';

/** A request's conversation, as different vendors want it. */
export interface Conversation {
  /** Everything in order, with `prompt` as the last user message. */
  messages: readonly Message[];
  /** The texts of system messages, in order. */
  system: readonly string[];
  /** {@link messages} without the system's. */
  turns: readonly Message[];
}

/** Puts together what a request says, for vendors who want the system's part by itself. */
export function conversation(request: CompleteRequest): Conversation {
  const all = messagesOf(request);
  return {
    messages: all,
    system: all.filter(isSystem).flatMap(textsOf),
    turns: all.filter((message) => !isSystem(message)),
  };
}

/**
 * What a request has the model begin its answer with: the text of a last message that is the assistant's, unless that
 * calls tools. Undefined where the model is to begin by itself.
 */
export function beginningOf(messages: readonly Message[]): string | undefined {
  const last = messages.at(-1);
  if (last?.role !== Role.ASSISTANT || last.parts.some(isToolCall)) return undefined;
  return textsOf(last).join('') || undefined;
}

/** The texts of a message's parts. */
export function textsOf({ parts }: Message): string[] {
  const texts: string[] = [];
  for (const { part } of parts) if (part?.$case === 'text') texts.push(part.value);
  return texts;
}

function isSystem({ role }: Message): boolean {
  return role === Role.SYSTEM;
}

function isToolCall({ part }: Part): boolean {
  return part?.$case === 'toolCall';
}
