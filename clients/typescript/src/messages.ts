import type { CompleteRequest, CompleteResponse, DeepPartial } from './gen/sluice/v1/completion_service.ts';
import { type Message, type Part, Role, type ToolCall } from './gen/sluice/v1/message.ts';

/** A request: the contract's, with everything but the model left out at will. */
export type CompleteInput = DeepPartial<CompleteRequest> & { model: string };

/** Says something as the person or program that asks: texts, images, documents. */
export function user(...content: (string | Part)[]): Message {
  return { role: Role.USER, parts: content.map(toPart), name: '' };
}

/** Instructs the model. */
export function system(text: string): Message {
  return { role: Role.SYSTEM, parts: [toPart(text)], name: '' };
}

/** Says something as the model, for instance in an example. An answer's own `message` goes back as it is. */
export function assistant(...content: (string | Part)[]): Message {
  return { role: Role.ASSISTANT, parts: content.map(toPart), name: '' };
}

/** Answers a tool call of the model. */
export function toolResult(
  call: Pick<ToolCall, 'id' | 'name'>,
  content: string,
  { isError = false }: { isError?: boolean } = {},
): Message {
  const value = { toolCallId: call.id, name: call.name, content, isError };
  return { role: Role.TOOL, parts: [{ part: { $case: 'toolResult', value } }], name: '' };
}

/** Shows an image: its bytes with their MIME type, or an https address that the provider fetches. */
export function image(source: Uint8Array | URL, mediaType = ''): Part {
  return { part: { $case: 'image', value: toMedia(source, mediaType, '') } };
}

/** Hands over a document, such as a PDF: its bytes with their MIME type, or an https address. */
export function document(source: Uint8Array | URL, mediaType = '', name = ''): Part {
  return { part: { $case: 'document', value: toMedia(source, mediaType, name) } };
}

/** Reads the text of an answer, without reasoning, tool calls or refusals. */
export function textOf(answer: CompleteResponse): string {
  return partsOf(answer)
    .map(({ part }) => (part?.$case === 'text' ? part.value : ''))
    .join('');
}

/** Lists the tool calls that an answer asks for. */
export function toolCallsOf(answer: CompleteResponse): ToolCall[] {
  return partsOf(answer).flatMap(({ part }) => (part?.$case === 'toolCall' ? [part.value] : []));
}

function partsOf(answer: CompleteResponse): Part[] {
  return answer.message?.parts ?? [];
}

function toPart(content: string | Part): Part {
  return typeof content === 'string' ? { part: { $case: 'text', value: content } } : content;
}

type Media = Extract<NonNullable<Part['part']>, { $case: 'image' }>['value'];

function toMedia(source: Uint8Array | URL, mediaType: string, name: string): Media {
  if (source instanceof URL) return { mediaType, name, source: { $case: 'uri', value: source.href } };
  // A view on the caller's bytes: a copy of an image is not free.
  const data = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  return { mediaType, name, source: { $case: 'data', value: data } };
}
