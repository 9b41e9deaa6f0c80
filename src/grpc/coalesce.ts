import type { CompletionEvent, CompletionEvents } from '../completion/ports/events.ts';

/**
 * Joins pieces that became ready together: several deltas of one kind travel as one message, since a message costs
 * far more than its text. Nothing is held back for it.
 */
export function coalesce(events: CompletionEvents): CompletionEvents {
  if (events.length < 2) return events;
  const joined: CompletionEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    const both = last && join(last, event);
    if (both) joined[joined.length - 1] = both;
    else joined.push(event);
  }
  return joined;
}

function join(first: CompletionEvent, second: CompletionEvent): CompletionEvent | undefined {
  if (first.$case === 'textDelta' && second.$case === 'textDelta') {
    return { $case: 'textDelta', value: { text: first.value.text + second.value.text } };
  }
  if (first.$case === 'reasoningDelta' && second.$case === 'reasoningDelta') {
    // A signature closes the reasoning before it; what follows is another piece.
    if (first.value.signature.length > 0) return undefined;
    const { text, signature } = second.value;
    return { $case: 'reasoningDelta', value: { text: first.value.text + text, signature } };
  }
  if (
    first.$case === 'toolCallDelta' &&
    second.$case === 'toolCallDelta' &&
    first.value.index === second.value.index
  ) {
    const { index, arguments: more } = second.value;
    return { $case: 'toolCallDelta', value: { index, arguments: first.value.arguments + more } };
  }
  return undefined;
}
