import type { CompletionEvent, CompletionEvents } from '../../completion/ports/events.ts';

/** Takes the Markdown code fence from around an answer that is otherwise JSON, as it streams by. */
export interface FenceStripper {
  strip(events: CompletionEvents): CompletionEvents;
  /** Whether there was a fence. */
  found(): boolean;
}

/**
 * Creates a stripper for one answer. Text is held back while it may be the opening fence, and then only what may be the
 * closing one.
 */
export function createFenceStripper(): FenceStripper {
  let state: 'before' | 'plain' | 'fenced' = 'before';
  let held = '';
  return {
    strip: (events) => events.flatMap(stripEvent),
    found: () => state === 'fenced',
  };

  function stripEvent(event: CompletionEvent): CompletionEvent[] {
    switch (event.$case) {
      case 'started':
        state = 'before';
        held = '';
        return [event];
      case 'failedOver':
        if (event.value.discardPrevious) {
          state = 'before';
          held = '';
        }
        return [event];
      case 'textDelta':
        return textEvents(add(event.value.text));
      case 'finished':
        return [...textEvents(end()), event];
      default:
        return [event];
    }
  }

  function add(text: string): string {
    if (state === 'plain') return text;
    held += text;
    if (state === 'before') {
      if (mayOpen.test(held)) return '';
      const opening = opened.exec(held)?.[0];
      state = opening === undefined ? 'plain' : 'fenced';
      held = held.slice(opening?.length ?? 0);
    }
    return state === 'plain' ? release(held.length) : release(held.search(mayClose));
  }

  function end(): string {
    if (state === 'fenced') held = held.replace(closed, '');
    return release(held.length);
  }

  function release(length: number): string {
    const text = held.slice(0, length);
    held = held.slice(length);
    return text;
  }
}

/** An opening fence, as far as it has come. */
const mayOpen = /^\s{0,64}(?:`{0,3}|```\w{0,16}[ \t\r]{0,8})$/;
const opened = /^\s{0,64}```\w{0,16}[ \t\r]{0,8}\n/;
/** The rest, from where it may be a closing fence with nothing behind it. */
const mayClose = /(?<!\s)\s*`{0,3}\s*$/;
const closed = /\s*```\s*$/;

function textEvents(text: string): CompletionEvent[] {
  return text === '' ? [] : [{ $case: 'textDelta', value: { text } }];
}
