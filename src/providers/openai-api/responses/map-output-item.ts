import type { Part } from '../../../gen/sluice/v1/message.ts';
import { type JsonObject, objectsAt, stringAt } from '../../shared/json.ts';
import { argumentsText } from '../../shared/tool-arguments.ts';
import { reasoningText, signReasoningItem } from './map-reasoning-item.ts';

// What whole answers and streams have in common: output items, as they are once they are whole.

/** Maps an output item. The provider's own tools, and kinds that are not known yet, say nothing to the caller. */
export function mapOutputItem(item: JsonObject): Part[] {
  switch (stringAt(item, 'type')) {
    case 'message':
      return [...mapTexts(item), ...mapAside(item)];
    case 'function_call':
      return [mapToolCall(item)];
    case 'reasoning':
      return mapReasoning(item);
    default:
      return [];
  }
}

/** What a message says beside its text, and behind it: refusals and the sources that it cites. */
export function mapAside(message: JsonObject): Part[] {
  const content = objectsAt(message, 'content');
  return [...content.flatMap(mapRefusal), ...content.flatMap(mapCitations)];
}

/** A function call; results quote its `call_id`, not its `id`. */
export function mapToolCall(item: JsonObject): Part & { part: { $case: 'toolCall' } } {
  const value = {
    id: stringAt(item, 'call_id') ?? stringAt(item, 'id') ?? '',
    name: stringAt(item, 'name') ?? '',
    arguments: argumentsText(stringAt(item, 'arguments')),
    signature: Buffer.alloc(0),
  };
  return { part: { $case: 'toolCall', value } };
}

function mapTexts(message: JsonObject): Part[] {
  return objectsAt(message, 'content').flatMap((content): Part[] => {
    const value = stringAt(content, 'type') === 'output_text' ? stringAt(content, 'text') : undefined;
    return value ? [{ part: { $case: 'text', value } }] : [];
  });
}

function mapRefusal(content: JsonObject): Part[] {
  const value = stringAt(content, 'refusal');
  return value ? [{ part: { $case: 'refusal', value } }] : [];
}

/** Pages of the web, and files by their names. Ranges cover the link in the answer, not a cited text. */
function mapCitations(content: JsonObject): Part[] {
  return objectsAt(content, 'annotations').flatMap((annotation): Part[] => {
    if (!CITATIONS.has(stringAt(annotation, 'type') ?? '')) return [];
    const value = {
      title: stringAt(annotation, 'title') ?? stringAt(annotation, 'filename') ?? '',
      uri: stringAt(annotation, 'url') ?? '',
      text: '',
    };
    return [{ part: { $case: 'citation', value } }];
  });
}

const CITATIONS = new Set(['url_citation', 'file_citation', 'container_file_citation']);

function mapReasoning(item: JsonObject): Part[] {
  const text = reasoningText(item);
  const signature = signReasoningItem(item);
  if (text === '' && signature.length === 0) return [];
  return [{ part: { $case: 'reasoning', value: { text, signature, redacted: false } } }];
}
