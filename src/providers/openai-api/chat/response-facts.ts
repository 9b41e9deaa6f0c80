import type { ResponseFacts } from '../../../completion/ports/provider.ts';
import { type JsonObject, stringAt } from '../../shared/json.ts';

/** What a completion, or a chunk of one, tells about itself. */
export function responseFacts(completion: JsonObject): ResponseFacts {
  const responseId = stringAt(completion, 'id');
  const responseModel = stringAt(completion, 'model');
  return { ...(responseId && { responseId }), ...(responseModel && { responseModel }) };
}
