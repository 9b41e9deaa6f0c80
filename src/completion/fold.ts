import { type CompleteResponse, FinishReason } from '../gen/sluice/v1/completion_service.ts';
import type { Part, ReasoningPart, ToolCall } from '../gen/sluice/v1/message.ts';
import { Role } from '../gen/sluice/v1/message.ts';
import type { CompletionEvent, CompletionEvents } from './ports/events.ts';

/** Puts a completion together from its events. */
export interface Fold {
  add(events: CompletionEvents): void;
  /** What the events so far amount to. `usage`, `cost` and `execution` are absent before `finished`. */
  answer(): CompleteResponse;
}

/**
 * Folds the events of a stream into what the unary call would have answered. Adjacent pieces of one kind are one
 * part: text joins text, and reasoning joins reasoning until its signature closes it.
 */
export function createFold(): Fold {
  const answer: CompleteResponse = {
    id: '',
    model: '',
    message: { role: Role.ASSISTANT, parts: [], name: '' },
    finishReason: FinishReason.UNSPECIFIED,
    providerFinishReason: '',
    warnings: [],
  };
  let parts: Part[] = [];
  const toolCalls = new Map<number, ToolCall>();

  return {
    add(events) {
      for (const event of events) addEvent(event);
    },
    answer() {
      answer.message = { role: Role.ASSISTANT, parts, name: '' };
      return answer;
    },
  };

  function addEvent(event: CompletionEvent): void {
    switch (event.$case) {
      case 'started':
        // A second one begins the answer of a unary call anew, whose caller has seen nothing of what came before.
        parts = [];
        toolCalls.clear();
        answer.warnings = [];
        answer.id = event.value.id;
        answer.model = event.value.model;
        return;
      case 'textDelta':
        addText(event.value.text);
        return;
      case 'reasoningDelta':
        addReasoning(event.value.text, event.value.signature);
        return;
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
        // Text that arrives whole joins its neighbours like any other, so that one answer has one form.
        if (event.value.part?.$case === 'text') addText(event.value.part.value);
        else parts.push(event.value);
        return;
      case 'failedOver':
        if (event.value.discardPrevious) {
          parts = [];
          answer.warnings = [];
          toolCalls.clear();
        }
        return;
      case 'warning':
        answer.warnings.push(event.value);
        return;
      case 'finished': {
        const { finishReason, providerFinishReason, usage, cost, execution } = event.value;
        Object.assign(answer, { finishReason, providerFinishReason, usage, cost, execution });
      }
    }
  }

  function addText(text: string): void {
    if (text === '') return;
    const last = parts.at(-1)?.part;
    if (last?.$case === 'text') last.value += text;
    else parts.push({ part: { $case: 'text', value: text } });
  }

  function addReasoning(text: string, signature: Buffer): void {
    if (text === '' && signature.length === 0) return;
    const last = parts.at(-1)?.part;
    if (last?.$case === 'reasoning' && isOpen(last.value)) {
      last.value.text += text;
      last.value.signature = signature;
    } else {
      parts.push({ part: { $case: 'reasoning', value: { text, signature, redacted: false } } });
    }
  }
}

/** A signature covers the reasoning before it; what follows it is another piece of reasoning. */
function isOpen(reasoning: ReasoningPart): boolean {
  return !reasoning.redacted && reasoning.signature.length === 0;
}
