import type { Answer } from '../../../completion/ports/provider.ts';
import type { Warning } from '../../../gen/sluice/v1/completion_service.ts';
import { Role } from '../../../gen/sluice/v1/message.ts';
import { type JsonObject, malformed, objectsAt, stringAt } from '../../shared/json.ts';
import { finishError, mapFinishReason } from '../chat/map-finish-reason.ts';
import { mapUsage, usageIn } from '../chat/map-usage.ts';
import { responseFacts } from '../chat/response-facts.ts';
import type { AnswerContext } from '../completion-api.ts';
import { answeredError } from '../map-error.ts';

/** Maps a whole text completion. */
export function mapAnswer(
  completion: JsonObject,
  { call, provider, warnings }: AnswerContext & { warnings: Warning[] },
): Answer {
  const error = answeredError(completion, provider);
  if (error) throw error;
  call.report(responseFacts(completion));
  const choice = objectsAt(completion, 'choices')[0];
  if (!choice) throw malformed('it has no choice');
  const value = stringAt(choice, 'text');
  const providerFinishReason = stringAt(choice, 'finish_reason') ?? '';
  const failure = answeredError(choice, provider) ?? finishError(providerFinishReason, provider);
  if (failure) throw failure;
  return {
    message: { role: Role.ASSISTANT, parts: value ? [{ part: { $case: 'text', value } }] : [], name: '' },
    finishReason: mapFinishReason(providerFinishReason, { calledTools: false, refused: false }),
    providerFinishReason,
    usage: mapUsage(usageIn(completion)),
    warnings,
  };
}
