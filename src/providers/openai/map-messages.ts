import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPartText,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
} from 'openai/resources/chat/completions';
import { type Message, type Part, Role } from '../../gen/sluice/v1/message.ts';
import { textsOf } from '../shared/prompt.ts';
import { argumentsText } from '../shared/tool-arguments.ts';
import { mapContentPart } from './map-content-part.ts';

/** Maps a conversation; system messages stay where they are. */
export function mapMessages(messages: readonly Message[]): ChatCompletionMessageParam[] {
  return messages.flatMap((message, index) => mapMessage(message, `messages[${index}]`));
}

function mapMessage(message: Message, field: string): ChatCompletionMessageParam[] {
  const name = message.name ? { name: message.name } : {};
  switch (message.role) {
    case Role.SYSTEM:
      return [{ role: 'system', content: textContent(textsOf(message)), ...name }];
    case Role.ASSISTANT:
      return [{ ...mapAssistant(message), ...name }];
    default:
      return [...mapToolResults(message), ...mapUser(message, field)].map((mapped) =>
        mapped.role === 'user' ? { ...mapped, ...name } : mapped,
      );
  }
}

/** Each result is a message of its own, right behind the calls that they answer. */
function mapToolResults({ parts }: Message): ChatCompletionMessageParam[] {
  return parts.flatMap(({ part }) =>
    part?.$case === 'toolResult'
      ? [{ role: 'tool', tool_call_id: part.value.toolCallId, content: part.value.content }]
      : [],
  );
}

function mapUser(message: Message, field: string): ChatCompletionMessageParam[] {
  const content = message.parts.flatMap((part, index) => mapContentPart(part, `${field}.parts[${index}]`));
  if (content.length === 0) return [];
  const [only] = content;
  if (content.length === 1 && only?.type === 'text') return [{ role: 'user', content: only.text }];
  return [{ role: 'user', content }];
}

/** What else an answer may hold, reasoning and citations, chat completions do not take back. */
function mapAssistant(message: Message): ChatCompletionAssistantMessageParam {
  const texts = textsOf(message);
  const refusals = message.parts.flatMap(({ part }) => (part?.$case === 'refusal' ? [part.value] : []));
  const calls = message.parts.flatMap(mapToolCall);
  return {
    role: 'assistant',
    content: texts.length === 0 && calls.length + refusals.length > 0 ? null : textContent(texts),
    ...(refusals.length > 0 && { refusal: refusals.join('') }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function mapToolCall({ part }: Part): ChatCompletionMessageToolCall[] {
  if (part?.$case !== 'toolCall') return [];
  const { id, name, arguments: json } = part.value;
  return [{ id, type: 'function', function: { name, arguments: argumentsText(json) } }];
}

function textContent(texts: readonly string[]): string | ChatCompletionContentPartText[] {
  if (texts.length <= 1) return texts[0] ?? '';
  return texts.map((text) => ({ type: 'text', text }));
}
