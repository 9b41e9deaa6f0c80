import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPartText,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
  ChatCompletionUserMessageParam,
} from 'openai/resources/chat/completions';
import { type Message, type Part, Role } from '../../../gen/sluice/v1/message.ts';
import { textsOf } from '../../shared/prompt.ts';
import { argumentsText } from '../../shared/tool-arguments.ts';
import { toolResultText } from '../../shared/tool-result-text.ts';
import { refuseAnsweredMedia } from '../refuse-answered-media.ts';
import type { ChatDialect, ReasoningForm } from './dialect.ts';
import { mapContentPart } from './map-content-part.ts';
import { reasoningMembers, thinkingPieces } from './reasoning-forms.ts';

/** Maps a conversation; system messages stay where they are. */
export function mapMessages(
  messages: readonly Message[],
  { dialect, model }: { dialect: ChatDialect; model: string },
): ChatCompletionMessageParam[] {
  const spoken = { dialect, forms: dialect.reasoningForms(model) };
  return messages.flatMap((message, index) => mapMessage(message, `messages[${index}]`, spoken));
}

/** A dialect, as one model is spoken to. */
interface Spoken {
  dialect: ChatDialect;
  forms: readonly ReasoningForm[];
}

function mapMessage(message: Message, field: string, spoken: Spoken): ChatCompletionMessageParam[] {
  const { dialect } = spoken;
  const name = message.name && dialect.names ? { name: message.name } : undefined;
  switch (message.role) {
    case Role.SYSTEM:
      return [{ role: 'system', content: textContent(textsOf(message), dialect), ...name }];
    case Role.ASSISTANT:
      refuseAnsweredMedia(message, field);
      return [{ ...mapAssistant(message, spoken), ...name }];
    default: {
      const content = mapUserContent(message, field, dialect);
      const results = mapToolResults(message);
      return content === undefined ? results : [...results, { role: 'user', content, ...name }];
    }
  }
}

/** Each result is a message of its own, right behind the calls that they answer. */
function mapToolResults({ parts }: Message): ChatCompletionMessageParam[] {
  return parts.flatMap(({ part }) =>
    part?.$case === 'toolResult'
      ? [{ role: 'tool', tool_call_id: part.value.toolCallId, content: toolResultText(part.value) }]
      : [],
  );
}

/** What a user says; undefined where that is nothing. */
function mapUserContent(
  message: Message,
  field: string,
  dialect: ChatDialect,
): ChatCompletionUserMessageParam['content'] | undefined {
  const content = message.parts.flatMap((part, index) => mapContentPart(part, `${field}.parts[${index}]`));
  if (content.length === 0) return undefined;
  const texts = textsOf(message);
  return texts.length === content.length ? textContent(texts, dialect) : content;
}

/** Citations nobody takes back; of reasoning the dialect tells. */
function mapAssistant(message: Message, { dialect, forms }: Spoken): ChatCompletionAssistantMessageParam {
  const refusals = message.parts.flatMap(({ part }) => (part?.$case === 'refusal' ? [part.value] : []));
  const texts = [...textsOf(message), ...(dialect.refusals ? [] : refusals)];
  const calls = message.parts.flatMap(mapToolCall);
  const thinking = thinkingPieces(message, forms);
  const silent = texts.length + thinking.length === 0 && calls.length + refusals.length > 0;
  const content =
    thinking.length > 0 ? [...thinking, ...texts.map(textPiece)] : assistantText(texts, dialect);
  const mapped = {
    role: 'assistant' as const,
    content: silent ? null : content,
    ...(dialect.refusals && refusals.length > 0 && { refusal: refusals.join('') }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...reasoningMembers(message, forms),
  };
  // OpenAI's own types know nothing of thinking.
  return mapped as ChatCompletionAssistantMessageParam;
}

function mapToolCall({ part }: Part): ChatCompletionMessageToolCall[] {
  if (part?.$case !== 'toolCall') return [];
  const { id, name, arguments: json } = part.value;
  return [{ id, type: 'function', function: { name, arguments: argumentsText(json) } }];
}

/** Texts that somebody wrote apart stay apart. */
function textContent(
  texts: readonly string[],
  { textLists }: ChatDialect,
): string | ChatCompletionContentPartText[] {
  if (texts.length <= 1) return texts[0] ?? '';
  return textLists ? texts.map(textPiece) : texts.join('\n\n');
}

/** What a model said in several parts is one text to it. */
function assistantText(
  texts: readonly string[],
  { textLists }: ChatDialect,
): string | ChatCompletionContentPartText[] {
  return texts.length > 1 && textLists ? texts.map(textPiece) : texts.join('');
}

function textPiece(text: string): ChatCompletionContentPartText {
  return { type: 'text', text };
}
