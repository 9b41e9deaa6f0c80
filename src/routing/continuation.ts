import { estimateTextTokens } from '../completion/estimate-tokens.ts';
import { messagesOf, textMessage } from '../completion/messages.ts';
import type { CompletionEvent, CompletionEvents } from '../completion/ports/events.ts';
import type { CompleteRequest, CompleteResponse } from '../gen/sluice/v1/completion_service.ts';
import { type Part, Role } from '../gen/sluice/v1/message.ts';
import { createOverlapTrimmer } from './trim-overlap.ts';

/** How another model goes on with an answer that was begun. */
export interface Continuation {
  /** The request, with what was said so far as the beginning of the answer. */
  request: CompleteRequest;
  /** Takes from the other model's events what only repeats the end of what was said. */
  trim(events: CompletionEvents): CompletionEvents;
}

/**
 * Makes the continuation of an answer; undefined where it cannot be continued, but must begin again: where there is no
 * text yet, where a tool call or another part has begun, whose rest a text cannot be, and where the answer must have a
 * form, which models keep only for answers of their own.
 */
export function continuationOf(request: CompleteRequest, said: CompleteResponse): Continuation | undefined {
  const parts = said.message?.parts ?? [];
  if (!isFreeText(request) || !parts.every(isProse) || parts.at(-1)?.part?.$case !== 'text') return undefined;
  const conversation = messagesOf(request);
  // A beginning that the caller has given itself would have to be told apart from ours.
  if (conversation.at(-1)?.role === Role.ASSISTANT) return undefined;
  const text = parts.map(({ part }) => (part?.$case === 'text' ? part.value : '')).join('');
  // Some refuse a beginning that ends in white space. The trimmer sees to it that it is not said twice.
  const beginning = text.trimEnd();
  if (beginning === '') return undefined;

  const trimmer = createOverlapTrimmer(text);
  return {
    request: {
      ...request,
      prompt: '',
      messages: [...conversation, textMessage(Role.ASSISTANT, beginning)],
      maxOutputTokens: rest(request.maxOutputTokens, beginning),
      // It has thought before it began, and none that can be given a beginning also thinks.
      reasoning: undefined,
    },
    trim: (events) => events.flatMap(trimEvent),
  };

  function trimEvent(event: CompletionEvent): CompletionEvent[] {
    if (event.$case === 'textDelta') return textEvents(trimmer.add(event.value.text));
    return [...textEvents(trimmer.end()), event];
  }
}

function isFreeText({ responseFormat }: CompleteRequest): boolean {
  const format = responseFormat?.format?.$case;
  return format === undefined || format === 'text';
}

function isProse({ part }: Part): boolean {
  return part?.$case === 'text' || part?.$case === 'reasoning';
}

/** What the limit on output leaves for the rest of the answer, by estimate. */
function rest(limit: number | undefined, said: string): number | undefined {
  return limit === undefined ? undefined : Math.max(1, limit - estimateTextTokens(said));
}

function textEvents(text: string): CompletionEvent[] {
  return text === '' ? [] : [{ $case: 'textDelta', value: { text } }];
}
