import type { StreamCompleteResponse } from './gen/sluice/v1/completion_service.ts';
import { type CompleteResponse, FinishReason } from './gen/sluice/v1/completion_service.ts';
import { type Part, Role, type ToolCall } from './gen/sluice/v1/message.ts';

type Event = NonNullable<StreamCompleteResponse['event']>;

/** Puts a completion together from its events. */
export interface Fold {
  add(event: Event): void;
  /** What the events so far amount to. `usage`, `cost` and `execution` are absent before `finished`. */
  answer(): CompleteResponse;
}

/**
 * Folds the events of a stream into what the unary call would have answered. Adjacent pieces of one kind are one
 * part: text joins text, and reasoning joins reasoning until its signature closes it. The events stay as they are.
 */
export function createFold(): Fold {
  const answer: CompleteResponse = {
    id: '',
    model: '',
    message: undefined,
    finishReason: FinishReason.UNSPECIFIED,
    providerFinishReason: '',
    warnings: [],
  };
  let parts: Part[] = [];
  const toolCalls = new Map<number, ToolCall>();

  return {
    add(event) {
      switch (event.$case) {
        case 'started':
          answer.id = event.value.id;
          answer.model = event.value.model;
          return;
        case 'textDelta':
          return addText(event.value.text);
        case 'reasoningDelta':
          return addReasoning(event.value.text, event.value.signature);
        case 'toolCallStarted': {
          const { index, id, name, signature } = event.value;
          const call: ToolCall = { id, name, arguments: '', signature };
          toolCalls.set(index, call);
          parts.push({ part: { $case: 'toolCall', value: call } });
          return;
        }
        case 'toolCallDelta': {
          const call = toolCalls.get(event.value.index);
          if (call) call.arguments += event.value.arguments;
          return;
        }
        case 'part':
          if (event.value.part?.$case === 'text') return addText(event.value.part.value);
          parts.push(event.value);
          return;
        case 'failedOver':
          if (!event.value.discardPrevious) return;
          parts = [];
          answer.warnings = [];
          toolCalls.clear();
          return;
        case 'warning':
          answer.warnings.push(event.value);
          return;
        case 'finished':
          Object.assign(answer, event.value);
      }
    },
    answer() {
      return { ...answer, message: { role: Role.ASSISTANT, parts, name: '' } };
    },
  };

  function addText(text: string): void {
    if (text === '') return;
    const last = parts.at(-1)?.part;
    if (last?.$case === 'text') last.value += text;
    else parts.push({ part: { $case: 'text', value: text } });
  }

  function addReasoning(text: string, signature: Buffer): void {
    if (text === '' && signature.length === 0) return;
    const last = parts.at(-1)?.part;
    // A signature covers the reasoning before it; what follows it is another piece of reasoning.
    const isOpen = last?.$case === 'reasoning' && !last.value.redacted && last.value.signature.length === 0;
    const before = isOpen ? last.value.text : '';
    if (isOpen) parts.pop();
    parts.push({ part: { $case: 'reasoning', value: { text: before + text, signature, redacted: false } } });
  }
}
