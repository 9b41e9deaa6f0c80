import type { Answer } from '../../../completion/ports/provider.ts';
import type { Warning } from '../../../gen/sluice/v1/completion_service.ts';
import { type Part, Role } from '../../../gen/sluice/v1/message.ts';
import { type JsonObject, malformed, objectAt, objectsAt, stringAt } from '../../shared/json.ts';
import { argumentsText } from '../../shared/tool-arguments.ts';
import type { AnswerContext } from '../completion-api.ts';
import { answeredError } from '../map-error.ts';
import { mapCitations } from './map-citations.ts';
import { mapContent } from './map-content.ts';
import { finishError, mapFinishReason } from './map-finish-reason.ts';
import { missingId, readToolCall, toolCallsIn } from './map-tool-call.ts';
import { mapUsage, usageIn } from './map-usage.ts';
import { signatureOf } from './reasoning-forms.ts';
import { responseFacts } from './response-facts.ts';
import { createRepetitionSkipper } from './skip-repetition.ts';

/**
 * Maps a whole chat completion. Its parts stand in the order in which a stream brings them.
 *
 * @param context - `repeated` is the beginning of the answer, where the server repeats it; it is left out.
 */
export function mapAnswer(
  completion: JsonObject,
  {
    call,
    provider,
    warnings,
    repeated,
  }: AnswerContext & { warnings: Warning[]; repeated?: string | undefined },
): Answer {
  const error = answeredError(completion, provider);
  if (error) throw error;
  call.report(responseFacts(completion));
  const choice = objectsAt(completion, 'choices')[0];
  if (!choice) throw malformed('it has no choice');
  const providerFinishReason = stringAt(choice, 'finish_reason') ?? '';
  const failure = answeredError(choice, provider) ?? finishError(providerFinishReason, provider);
  if (failure) throw failure;

  const message = objectAt(choice, 'message');
  const toolCalls = mapToolCalls(message, stringAt(completion, 'id') ?? '');
  const refusal = stringAt(message, 'refusal') ?? '';
  const parts: Part[] = [
    ...mapSaid(message, repeated),
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
    usage: mapUsage(usageIn(completion)),
    warnings,
  };
}

/** What was thought comes first, and its signature covers it all. */
function mapSaid(message: JsonObject | undefined, repeated: string | undefined): Part[] {
  const said = message ? mapContent(message) : [];
  const thought = said.flatMap(({ kind, text }) => (kind === 'reasoning' ? [text] : [])).join('');
  const spoken = said.flatMap((piece) => (piece.kind === 'text' ? [piece.text] : [])).join('');
  const text = repeated === undefined ? spoken : withoutRepetition(spoken, repeated);
  const signature = signatureOf(objectsAt(message, 'reasoning_details'));
  return [
    ...(thought || signature.length > 0 ? [reasoningPart(thought, signature)] : []),
    ...(text ? [{ part: { $case: 'text' as const, value: text } }] : []),
  ];
}

function withoutRepetition(text: string, beginning: string): string {
  const skipper = createRepetitionSkipper(beginning);
  return skipper.push(text) + skipper.end();
}

function reasoningPart(text: string, signature: Buffer): Part {
  return { part: { $case: 'reasoning', value: { text, signature, redacted: false } } };
}

function mapToolCalls(message: JsonObject | undefined, responseId: string): Part[] {
  return toolCallsIn(message).flatMap((call, index): Part[] => {
    const said = readToolCall(call);
    if (!said) return [];
    const value = {
      id: said.id || missingId(responseId, index),
      name: said.name,
      arguments: argumentsText(said.arguments),
      signature: Buffer.alloc(0),
    };
    return [{ part: { $case: 'toolCall', value } }];
  });
}
