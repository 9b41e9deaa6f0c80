import type { CompleteResponse } from '../gen/sluice/v1/completion_service.ts';
import type { Part } from '../gen/sluice/v1/message.ts';
import type { CompletionEvent, CompletionEvents } from './ports/events.ts';

/** A whole answer: a provider's, or a stored one. */
type Whole = Pick<
  CompleteResponse,
  'message' | 'finishReason' | 'providerFinishReason' | 'usage' | 'warnings'
>;

/** The inverse of folding: a whole answer as the events that amount to it, `finished` last. */
export function unfold(answer: Whole): CompletionEvents {
  const events: CompletionEvent[] = answer.warnings.map((value) => ({ $case: 'warning', value }));
  let toolCalls = 0;
  for (const part of answer.message?.parts ?? []) {
    events.push(...unfoldPart(part, toolCalls));
    if (part.part?.$case === 'toolCall') toolCalls += 1;
  }
  const { finishReason, providerFinishReason, usage } = answer;
  events.push({ $case: 'finished', value: { finishReason, providerFinishReason, usage } });
  return events;
}

function unfoldPart(part: Part, index: number): CompletionEvent[] {
  switch (part.part?.$case) {
    case 'text':
      return [{ $case: 'textDelta', value: { text: part.part.value } }];
    case 'reasoning': {
      const { text, signature, redacted } = part.part.value;
      if (redacted) return [{ $case: 'part', value: part }];
      return [{ $case: 'reasoningDelta', value: { text, signature } }];
    }
    case 'toolCall': {
      const { id, name, arguments: json, signature } = part.part.value;
      return [
        { $case: 'toolCallStarted', value: { index, id, name, signature } },
        { $case: 'toolCallDelta', value: { index, arguments: json } },
      ];
    }
    default:
      return [{ $case: 'part', value: part }];
  }
}
