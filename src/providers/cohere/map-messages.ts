import type { Cohere } from 'cohere-ai';
import { type Message, Role } from '../../gen/sluice/v1/message.ts';
import { toolResultText } from '../shared/tool-result-text.ts';
import { mapAssistantPart, mapToolCall, mapUserPart } from './map-content.ts';
import type { Wire } from './wire.ts';

/** Maps a conversation without its system messages, which the provider wants in front of it. */
export function mapMessages(
  messages: readonly Message[],
  { thinks }: { thinks: boolean },
): Wire<Cohere.ChatMessageV2>[] {
  return messages.flatMap((message, index): Wire<Cohere.ChatMessageV2>[] => {
    const field = `messages[${index}]`;
    switch (message.role) {
      case Role.SYSTEM:
        return [];
      case Role.ASSISTANT:
        return mapAssistant(message, { field, thinks });
      default:
        return [...mapToolResults(message), ...mapUser(message, field)];
    }
  });
}

/** Each result is a message of its own, right behind the calls that they answer. */
function mapToolResults({ parts }: Message): Wire<Cohere.ChatMessageV2>[] {
  return parts.flatMap(({ part }) =>
    part?.$case === 'toolResult'
      ? [{ role: 'tool', tool_call_id: part.value.toolCallId, content: toolResultText(part.value) }]
      : [],
  );
}

function mapUser({ parts }: Message, field: string): Wire<Cohere.ChatMessageV2>[] {
  const content = parts.flatMap((part, index) => mapUserPart(part, `${field}.parts[${index}]`));
  return content.length === 0 ? [] : [{ role: 'user', content: inShort(content) }];
}

/** What is said before tools are called is their plan; the provider refuses it as text. */
function mapAssistant(
  { parts }: Message,
  { field, thinks }: { field: string; thinks: boolean },
): Wire<Cohere.ChatMessageV2>[] {
  const calls = parts.flatMap(mapToolCall);
  const content = parts.flatMap((part, index) =>
    mapAssistantPart(part, { field: `${field}.parts[${index}]`, thinks }),
  );
  if (calls.length === 0) {
    return content.length === 0 ? [] : [{ role: 'assistant', content: inShort(content) }];
  }
  const plan = content.flatMap((item) => (item.type === 'text' ? [item.text] : [])).join('');
  const thinking = content.filter(({ type }) => type === 'thinking');
  return [
    {
      role: 'assistant',
      tool_calls: calls,
      ...(plan && { tool_plan: plan }),
      ...(thinking.length > 0 && { content: thinking }),
    },
  ];
}

/** A single text goes by itself. */
function inShort<Item extends { type: string }>(content: Item[]): string | Item[] {
  const [only] = content;
  return content.length === 1 && only && 'text' in only && typeof only.text === 'string'
    ? only.text
    : content;
}
