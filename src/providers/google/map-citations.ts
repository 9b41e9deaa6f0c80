import type { Citation } from '../../gen/sluice/v1/message.ts';
import { type JsonObject, objectAt, objectsAt, stringAt } from '../shared/json.ts';

/**
 * The sources that a candidate names: works that it recites, and pages that its search found. Their ranges cover the
 * answer, not a cited text.
 */
export function mapCitations(candidate: JsonObject): Citation[] {
  const recited = objectAt(candidate, 'citationMetadata');
  // Vertex has another word for it.
  const sources = [...objectsAt(recited, 'citationSources'), ...objectsAt(recited, 'citations')];
  const found = objectsAt(objectAt(candidate, 'groundingMetadata'), 'groundingChunks');
  const pages = found.map((chunk) => objectAt(chunk, 'web'));
  return [...sources, ...pages]
    .map((source) => ({
      title: stringAt(source, 'title') ?? '',
      uri: stringAt(source, 'uri') ?? '',
      text: '',
    }))
    .filter(({ title, uri }) => title !== '' || uri !== '');
}
