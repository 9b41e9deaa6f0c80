import type { Answer } from '../../../completion/ports/provider.ts';
import type { Warning } from '../../../gen/sluice/v1/completion_service.ts';
import { type Part, Role } from '../../../gen/sluice/v1/message.ts';
import { type JsonObject, malformed, objectAt, objectsAt } from '../../shared/json.ts';
import { responseFacts } from '../chat/response-facts.ts';
import type { AnswerContext } from '../completion-api.ts';
import { answeredError } from '../map-error.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { mapOutputItem } from './map-output-item.ts';
import { mapUsage } from './map-usage.ts';

/** Maps a whole response. Its parts stand in the order in which a stream brings them. */
export function mapAnswer(
  response: JsonObject,
  { call, provider, warnings }: AnswerContext & { warnings: Warning[] },
): Answer {
  const error = answeredError(response, provider);
  if (error) throw error;
  call.report(responseFacts(response));
  const { output } = response;
  if (!Array.isArray(output)) throw malformed('it has no output');
  const parts = objectsAt(response, 'output').flatMap(mapOutputItem);
  return {
    message: { role: Role.ASSISTANT, parts, name: '' },
    ...mapFinishReason(response, { calledTools: has(parts, 'toolCall'), refused: has(parts, 'refusal') }),
    usage: mapUsage(objectAt(response, 'usage')),
    warnings,
  };
}

function has(parts: readonly Part[], kind: 'toolCall' | 'refusal'): boolean {
  return parts.some(({ part }) => part?.$case === kind);
}
