import type { ResponseFacts } from '../../completion/ports/provider.ts';
import { type JsonObject, stringAt } from '../shared/json.ts';

/** What a message tells about itself. */
export function responseFacts(message: JsonObject | undefined): ResponseFacts {
  const responseId = stringAt(message, 'id');
  const responseModel = stringAt(message, 'model');
  return { ...(responseId && { responseId }), ...(responseModel && { responseModel }) };
}
