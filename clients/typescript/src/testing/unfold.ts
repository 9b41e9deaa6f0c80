import type { CompleteResponse } from '../gen/sluice/v1/completion_service.ts';
import type { Part } from '../gen/sluice/v1/message.ts';
import type { FakeEvent } from './script.ts';

/** Sends a whole answer as the events that fold into it. */
export function unfold(answer: CompleteResponse): FakeEvent[] {
  const { id, model, message, warnings, ...finished } = answer;
  const parts = message?.parts ?? [];
  const toolCalls = parts.filter(({ part }) => part?.$case === 'toolCall');
  return [
    { $case: 'started', value: { id, model } },
    ...warnings.map((value): FakeEvent => ({ $case: 'warning', value })),
    ...parts.flatMap((part) => unfoldPart(part, toolCalls.indexOf(part))),
    { $case: 'finished', value: finished },
  ];
}

function unfoldPart(part: Part, index: number): FakeEvent[] {
  switch (part.part?.$case) {
    case 'text':
      return [{ $case: 'textDelta', value: { text: part.part.value } }];
    case 'toolCall': {
      const { arguments: json, ...call } = part.part.value;
      return [
        { $case: 'toolCallStarted', value: { index, ...call } },
        { $case: 'toolCallDelta', value: { index, arguments: json } },
      ];
    }
    default:
      return [{ $case: 'part', value: part }];
  }
}
