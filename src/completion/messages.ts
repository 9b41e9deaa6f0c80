import type { CompleteRequest } from '../gen/sluice/v1/completion_service.ts';
import { type Message, Role } from '../gen/sluice/v1/message.ts';

/** A request's conversation, with `prompt` as the last user message. */
export function messagesOf({ messages, prompt }: Pick<CompleteRequest, 'messages' | 'prompt'>): Message[] {
  return prompt === '' ? messages : [...messages, textMessage(Role.USER, prompt)];
}

/** Says one text. */
export function textMessage(role: Role, text: string): Message {
  return { role, parts: [{ part: { $case: 'text', value: text } }], name: '' };
}
