import type { Part } from '../../gen/sluice/v1/message.ts';
import { type JsonObject, objectAt, objectsAt, stringAt } from '../shared/json.ts';

// What whole answers and streams have in common: parts that arrive whole.

/** A citation, whatever it cites: a document, a page of the web or a search result. */
export function mapCitation(citation: JsonObject): Part {
  const page = objectAt(objectAt(citation, 'location'), 'web');
  const value = {
    title: stringAt(citation, 'title') ?? '',
    uri: stringAt(page, 'url') ?? stringAt(citation, 'source') ?? '',
    text: textsIn(citation, 'sourceContent'),
  };
  return { part: { $case: 'citation', value } };
}

/** The texts of a list of text blocks, put together. */
export function textsIn(object: JsonObject, key: string): string {
  return objectsAt(object, key)
    .map((block) => stringAt(block, 'text') ?? '')
    .join('');
}

/** Reasoning that the provider encrypted. */
export function mapRedactedReasoning(encrypted: Buffer): Part {
  return { part: { $case: 'reasoning', value: { text: '', signature: encrypted, redacted: true } } };
}

/** A picture that the model made. */
export function mapImage(format: string | undefined, data: Buffer): Part {
  const mediaType = `image/${format ?? 'png'}`;
  return { part: { $case: 'image', value: { mediaType, source: { $case: 'data', value: data }, name: '' } } };
}

/** Bytes as JSON has them. */
export function bytesAt(object: JsonObject | undefined, key: string): Buffer {
  return Buffer.from(stringAt(object, key) ?? '', 'base64');
}

/** Whether a tool is the provider's own, which it calls by itself: that says nothing to the caller. */
export function isProvidersOwn(toolUse: JsonObject): boolean {
  return stringAt(toolUse, 'type') === 'server_tool_use';
}
