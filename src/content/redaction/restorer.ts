import type { CompletionEvent, CompletionEvents } from '../../completion/ports/events.ts';
import type { Part } from '../../gen/sluice/v1/message.ts';
import { beginningOfPlaceholder, placeholders } from './placeholder.ts';

/**
 * Puts originals back where the events of an answer repeat their placeholders, also where those are cut in two by the
 * borders of events. Events keep their order; of a text only what may be the beginning of a placeholder waits for the
 * next event. What still waits when a stream breaks is lost with the rest of it.
 */
export type Restore = (events: CompletionEvents) => CompletionEvents;

/**
 * Creates a {@link Restore} for one answer. Where the answer's text is JSON, originals are escaped as JSON has it; in the
 * arguments of tool calls they always are.
 */
export function createRestore({
  originals,
  isJson,
}: {
  originals: ReadonlyMap<string, string>;
  isJson: boolean;
}): Restore {
  const asText = isJson ? inJson : (text: string) => text;
  const text = createPatcher(originals, asText);
  const reasoning = createPatcher(originals, (original) => original);
  const toolCalls = new Map<number, Patcher>();
  return (events) => events.flatMap(restore);

  function restore(event: CompletionEvent): CompletionEvent[] {
    switch (event.$case) {
      case 'started':
        forget();
        return [event];
      case 'failedOver':
        // What goes on with the answer may bring the rest of what waits.
        if (event.value.discardPrevious) forget();
        return [event];
      case 'textDelta':
        return [...endReasoning(), ...textEvents(text.add(event.value.text))];
      case 'reasoningDelta': {
        const { signature } = event.value;
        const added = reasoning.add(event.value.text);
        const whole = signature.length > 0 ? added + reasoning.end() : added;
        return [...endText(), ...reasoningEvents(whole, signature)];
      }
      case 'toolCallStarted':
        return [...endText(), ...endReasoning(), event];
      case 'toolCallDelta': {
        const { index } = event.value;
        const patcher = toolCalls.get(index) ?? createPatcher(originals, inJson);
        toolCalls.set(index, patcher);
        return argumentEvents(index, patcher.add(event.value.arguments));
      }
      case 'part':
        if (event.value.part?.$case === 'text')
          return [...endReasoning(), ...textEvents(text.add(event.value.part.value))];
        return [...endText(), ...endReasoning(), { $case: 'part', value: restorePart(event.value) }];
      case 'warning':
        return [event];
      case 'finished':
        return [...endText(), ...endReasoning(), ...endToolCalls(), event];
    }
  }

  function endText(): CompletionEvent[] {
    return textEvents(text.end());
  }

  function endReasoning(): CompletionEvent[] {
    return reasoningEvents(reasoning.end(), none);
  }

  function endToolCalls(): CompletionEvent[] {
    return [...toolCalls].flatMap(([index, patcher]) => argumentEvents(index, patcher.end()));
  }

  function forget(): void {
    text.end();
    reasoning.end();
    toolCalls.clear();
  }

  /** A part that arrives whole. */
  function restorePart({ part }: Part): Part {
    switch (part?.$case) {
      case 'refusal':
        return { part: { ...part, value: patch(part.value, originals) } };
      case 'reasoning':
        return { part: { ...part, value: { ...part.value, text: patch(part.value.text, originals) } } };
      case 'toolCall': {
        const json = patch(part.value.arguments, originals, inJson);
        return { part: { ...part, value: { ...part.value, arguments: json } } };
      }
      case 'citation': {
        const { title, uri, text } = part.value;
        const cited = { title: patch(title, originals), uri, text: patch(text, originals) };
        return { part: { ...part, value: cited } };
      }
      default:
        return { part };
    }
  }
}

/** Patches a text that arrives in pieces. */
interface Patcher {
  /** Another piece; returns what of the text is certain by now. */
  add(piece: string): string;
  /** The text is over; returns what was held back. */
  end(): string;
}

function createPatcher(originals: ReadonlyMap<string, string>, spell: (original: string) => string): Patcher {
  let held = '';
  return {
    add(piece) {
      const text = held + piece;
      const cut = beginningOfPlaceholder(text);
      held = text.slice(cut);
      return patch(text.slice(0, cut), originals, spell);
    },
    end() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

function patch(text: string, originals: ReadonlyMap<string, string>, spell = (original: string) => original) {
  return text.replace(placeholders, (found) => {
    const original = originals.get(found);
    return original === undefined ? found : spell(original);
  });
}

/** As it is spelt between the quotes of JSON. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

const none = Buffer.alloc(0);

function textEvents(text: string): CompletionEvent[] {
  return text === '' ? [] : [{ $case: 'textDelta', value: { text } }];
}

function reasoningEvents(text: string, signature: Buffer): CompletionEvent[] {
  return text === '' && signature.length === 0
    ? []
    : [{ $case: 'reasoningDelta', value: { text, signature } }];
}

function argumentEvents(index: number, json: string): CompletionEvent[] {
  return json === '' ? [] : [{ $case: 'toolCallDelta', value: { index, arguments: json } }];
}
