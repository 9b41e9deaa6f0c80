import type { Answer, ProviderCall } from '../../completion/ports.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { type Part, Role } from '../../gen/sluice/v1/message.ts';
import { type JsonObject, malformed, objectAt, objectsAt, stringAt } from '../shared/json.ts';
import { argumentsText } from '../shared/tool-arguments.ts';
import { mapCitations } from './map-citations.ts';
import { answeredError } from './map-error.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { mapUsage } from './map-usage.ts';
import { responseFacts } from './response-facts.ts';

/** Maps a whole chat completion. Its parts stand in the order in which a stream brings them. */
export function mapAnswer(
  completion: JsonObject,
  context: { call: ProviderCall; provider: string; warnings: Warning[] },
): Answer {
  const { call, provider, warnings } = context;
  const error = answeredError(completion, provider);
  if (error) throw error;
  call.report(responseFacts(completion));
  const choice = objectsAt(completion, 'choices')[0];
  if (!choice) throw malformed('it has no choice');
  const message = objectAt(choice, 'message');
  const toolCalls = mapToolCalls(message, stringAt(completion, 'id') ?? '');
  const refusal = stringAt(message, 'refusal') ?? '';
  const text = stringAt(message, 'content') ?? '';
  const providerFinishReason = stringAt(choice, 'finish_reason') ?? '';
  const parts: Part[] = [
    ...(text ? [{ part: { $case: 'text' as const, value: text } }] : []),
    ...toolCalls,
    ...mapCitations(message),
    ...(refusal ? [{ part: { $case: 'refusal' as const, value: refusal } }] : []),
  ];
  return {
    message: { role: Role.ASSISTANT, parts, name: '' },
    finishReason: mapFinishReason(providerFinishReason, {
      calledTools: toolCalls.length > 0,
      refused: refusal !== '',
    }),
    providerFinishReason,
    usage: mapUsage(objectAt(completion, 'usage')),
    warnings,
  };
}

function mapToolCalls(message: JsonObject | undefined, responseId: string): Part[] {
  return objectsAt(message, 'tool_calls').flatMap((call, index): Part[] => {
    const tool = objectAt(call, 'function');
    // Tools of other types come only to those who ask for them through provider options.
    if (!tool) return [];
    const value = {
      id: stringAt(call, 'id') || missingId(responseId, index),
      name: stringAt(tool, 'name') ?? '',
      arguments: argumentsText(stringAt(tool, 'arguments')),
      signature: Buffer.alloc(0),
    };
    return [{ part: { $case: 'toolCall', value } }];
  });
}

/** An id for a tool call that came without: a caller has to quote one. */
export function missingId(responseId: string, index: number): string {
  return `call_${responseId}_${index}`;
}
