import type { ResponseFacts } from '../../completion/ports/provider.ts';
import { type JsonObject, stringAt } from '../shared/json.ts';

/** What an answer, or the first event of one, tells about itself: not the model. */
export function responseFacts(answer: JsonObject): ResponseFacts {
  const responseId = stringAt(answer, 'id');
  return { ...(responseId && { responseId }) };
}
