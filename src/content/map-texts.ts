import type { CompleteRequest } from '../gen/sluice/v1/completion_service.ts';
import type { Media, Message, Part } from '../gen/sluice/v1/message.ts';

/** Changes a text; it leaves JSON to be JSON. */
export type Change = (text: string) => string;

/**
 * Rewrites what people, tools and models say in a conversation. What the program behind the request has written for the
 * model is left alone: definitions of tools, schemas, provider options. So are bytes, and what a provider has signed or
 * encrypted.
 */
export function mapTexts<Request extends Pick<CompleteRequest, 'messages' | 'prompt'>>(
  request: Request,
  change: Change,
): Request {
  // In the order in which they were said, `prompt` last: what is numbered stays so while a conversation grows.
  const messages = request.messages.map((message) => mapMessage(message, change));
  return { ...request, messages, prompt: change(request.prompt) };
}

function mapMessage({ role, parts, name }: Message, change: Change): Message {
  return { role, name: change(name), parts: parts.map((part) => mapPart(part, change)) };
}

function mapPart({ part }: Part, change: Change): Part {
  switch (part?.$case) {
    case 'text':
    case 'refusal':
      return { part: { ...part, value: change(part.value) } };
    case 'reasoning':
      return { part: { ...part, value: { ...part.value, text: change(part.value.text) } } };
    case 'toolCall':
      return { part: { ...part, value: { ...part.value, arguments: change(part.value.arguments) } } };
    case 'toolResult':
      return { part: { ...part, value: { ...part.value, content: change(part.value.content) } } };
    case 'citation': {
      const { title, uri, text } = part.value;
      return { part: { ...part, value: { title: change(title), uri: change(uri), text: change(text) } } };
    }
    case 'image':
    case 'document':
    case 'audio':
      return { part: { ...part, value: mapMedia(part.value, change) } };
    case undefined:
      return { part };
  }
}

/** A document that is a text is read as one. */
function mapMedia(media: Media, change: Change): Media {
  const named = { ...media, name: change(media.name) };
  if (media.source?.$case !== 'data' || !media.mediaType.startsWith('text/')) return named;
  const text = media.source.value.toString();
  const changed = change(text);
  // Not every encoding survives being read as UTF-8.
  return changed === text ? named : { ...named, source: { $case: 'data', value: Buffer.from(changed) } };
}

/** Every text of a request, definitions of tools and schemas included: what a model is given to read. */
export function textsOf(request: CompleteRequest): string[] {
  const texts: string[] = [];
  mapTexts(request, (text) => {
    texts.push(text);
    return text;
  });
  for (const { name, description, parameters } of request.tools) texts.push(name, description, parameters);
  const format = request.responseFormat?.format;
  if (format?.$case === 'jsonSchema') texts.push(format.value.description, format.value.schema);
  return texts;
}
