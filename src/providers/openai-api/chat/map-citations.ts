import type { Part } from '../../../gen/sluice/v1/message.ts';
import { type JsonObject, objectAt, objectsAt, stringAt } from '../../shared/json.ts';

/** The citations of a message, or of a piece of one. Their ranges cover the link in the answer, not a cited text. */
export function mapCitations(message: JsonObject | undefined): Part[] {
  return objectsAt(message, 'annotations').flatMap((annotation): Part[] => {
    const citation = objectAt(annotation, 'url_citation');
    if (!citation) return [];
    const value = {
      title: stringAt(citation, 'title') ?? '',
      uri: stringAt(citation, 'url') ?? '',
      text: '',
    };
    return [{ part: { $case: 'citation', value } }];
  });
}
