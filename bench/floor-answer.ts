import {
  type CompleteRequest,
  type CompleteResponse,
  FinishReason,
} from '../src/gen/sluice/v1/completion_service.ts';
import { Role } from '../src/gen/sluice/v1/message.ts';

const roles: Partial<Record<Role, string>> = {
  [Role.SYSTEM]: 'system',
  [Role.USER]: 'user',
  [Role.ASSISTANT]: 'assistant',
};

/** The least that turns a request into a chat completion's body. */
export function chatBody({ model, messages, maxOutputTokens }: CompleteRequest, stream: boolean): string {
  return JSON.stringify({
    model: model.slice(model.indexOf('/') + 1),
    messages: messages.map(({ role, parts }) => ({
      role: roles[role],
      content: parts.map(({ part }) => (part?.$case === 'text' ? part.value : '')).join(''),
    })),
    max_completion_tokens: maxOutputTokens,
    stream,
  });
}

/** The least that a caller would take for a completion. */
export function wholeAnswer(model: string, text: string): CompleteResponse {
  return {
    id: 'cmpl-floor',
    model,
    message: { role: Role.ASSISTANT, parts: [{ part: { $case: 'text', value: text } }], name: '' },
    finishReason: FinishReason.STOP,
    providerFinishReason: 'stop',
    warnings: [],
  };
}
