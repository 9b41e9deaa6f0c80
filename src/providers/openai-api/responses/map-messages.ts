import type {
  EasyInputMessage,
  ResponseFunctionToolCall,
  ResponseInputItem,
  ResponseReasoningItem,
} from 'openai/resources/responses/responses';
import { type Message, type Part, Role, type ToolCall } from '../../../gen/sluice/v1/message.ts';
import { textsOf } from '../../shared/prompt.ts';
import { argumentsText } from '../../shared/tool-arguments.ts';
import { toolResultText } from '../../shared/tool-result-text.ts';
import { refuseAnsweredMedia } from '../refuse-answered-media.ts';
import { mapContentPart } from './map-content-part.ts';
import { restoreReasoningItem } from './map-reasoning-item.ts';

/** One item of a request's input. */
export type InputItem = EasyInputMessage | ResponseInputItem.FunctionCallOutput | OutputItem;

/** What the model has put out in an earlier turn. */
type OutputItem = OutputMessage | ResponseFunctionToolCall | ResponseReasoningItem;

/** What the model has said. The API takes it back without id and status, which the SDK's types do not foresee. */
interface OutputMessage {
  role: 'assistant';
  content: OutputContent[];
}

type OutputContent = { type: 'output_text'; text: string } | { type: 'refusal'; refusal: string };

/** Maps a conversation; system messages stay where they are. */
export function mapMessages(messages: readonly Message[]): InputItem[] {
  return messages.flatMap((message, index) => mapMessage(message, `messages[${index}]`)).filter(ledSomewhere);
}

function mapMessage(message: Message, field: string): InputItem[] {
  switch (message.role) {
    case Role.SYSTEM:
      return [mapSystem(message)];
    case Role.ASSISTANT:
      refuseAnsweredMedia(message, field);
      return mapAssistant(message);
    default:
      return [...mapToolResults(message), ...mapUser(message)];
  }
}

function mapSystem(message: Message): EasyInputMessage {
  const texts = textsOf(message);
  if (texts.length <= 1) return { role: 'system', content: texts[0] ?? '' };
  return { role: 'system', content: texts.map((text) => ({ type: 'input_text', text })) };
}

/** Each result is an item of its own, right behind the calls that they answer. */
function mapToolResults({ parts }: Message): ResponseInputItem.FunctionCallOutput[] {
  return parts.flatMap(({ part }) =>
    part?.$case === 'toolResult'
      ? [{ type: 'function_call_output', call_id: part.value.toolCallId, output: toolResultText(part.value) }]
      : [],
  );
}

function mapUser({ parts }: Message): EasyInputMessage[] {
  const content = parts.flatMap(mapContentPart);
  const [only] = content;
  if (content.length === 1 && only?.type === 'input_text') return [{ role: 'user', content: only.text }];
  return content.length === 0 ? [] : [{ role: 'user', content }];
}

/** An answer's parts in their order, which the provider insists on. Citations it does not take back. */
function mapAssistant({ parts }: Message): OutputItem[] {
  const items: OutputItem[] = [];
  for (const part of parts) {
    const content = mapOutputContent(part);
    const last = items.at(-1);
    if (content && last && 'role' in last && !('id' in last)) last.content.push(content);
    else if (content) items.push({ role: 'assistant', content: [content] });
    else items.push(...mapOutputItem(part));
  }
  return items;
}

function mapOutputContent({ part }: Part): OutputContent | undefined {
  if (part?.$case === 'text') return { type: 'output_text', text: part.value };
  if (part?.$case === 'refusal') return { type: 'refusal', refusal: part.value };
  return undefined;
}

function mapOutputItem({ part }: Part): OutputItem[] {
  if (part?.$case === 'toolCall') return [mapToolCall(part.value)];
  return part?.$case === 'reasoning' ? restoreReasoningItem(part.value.signature) : [];
}

function mapToolCall({ id, name, arguments: json }: ToolCall): ResponseFunctionToolCall {
  return { type: 'function_call', call_id: id, name, arguments: argumentsText(json) };
}

/** The provider refuses reasoning without what it led to, as where an answer was cut off while the model reasoned. */
function ledSomewhere(item: InputItem, index: number, items: readonly InputItem[]): boolean {
  if (!isReasoning(item)) return true;
  const next = items.find((later, place) => place > index && !isReasoning(later));
  return next !== undefined && ('role' in next ? next.role === 'assistant' : next.type === 'function_call');
}

function isReasoning(item: InputItem): item is ResponseReasoningItem {
  return 'type' in item && item.type === 'reasoning';
}
