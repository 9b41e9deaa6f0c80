import type { Part } from '../../gen/sluice/v1/message.ts';
import { isObject, type JsonObject, objectsAt, stringAt } from '../shared/json.ts';

/**
 * Maps a citation, which names the words of the answer that it is about: a part for each of its sources. A source is a
 * document of the request or a tool's result, whose members are whatever the caller put there.
 */
export function mapCitation(citation: JsonObject): Part[] {
  const text = stringAt(citation, 'text') ?? '';
  return objectsAt(citation, 'sources').map((source): Part => {
    const content = contentOf(source);
    const title = textIn(content, 'title') || textIn(source, 'id');
    return { part: { $case: 'citation', value: { title, uri: textIn(content, 'url'), text } } };
  });
}

function contentOf({ document, tool_output }: JsonObject): JsonObject {
  if (isObject(document)) return document;
  return isObject(tool_output) ? tool_output : {};
}

function textIn(content: JsonObject, key: string): string {
  const value = content[key];
  return typeof value === 'string' ? value : '';
}
