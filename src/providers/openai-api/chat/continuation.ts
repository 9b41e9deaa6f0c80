import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { messagesOf } from '../../../completion/messages.ts';
import type { ProviderCall } from '../../../completion/ports/provider.ts';
import { beginningOf } from '../../shared/prompt.ts';

/** What makes a server go on with a last message of the assistant's, where it would answer that, or refuse it. */
export interface Continuation {
  /** Members of that message. */
  message?: Readonly<Record<string, unknown>>;
  /** Members of the request. What the caller asks for comes later and wins. */
  request?: Readonly<Record<string, unknown>>;
  /** Whether the answer repeats the beginning before it goes on. Default false. */
  repeats?: boolean;
}

/** Marks the last message, which holds the beginning of the answer. */
export function markBeginning(
  messages: readonly ChatCompletionMessageParam[],
  { message }: Continuation,
): ChatCompletionMessageParam[] {
  // OpenAI's own types know no such members.
  return messages.map((one, index) =>
    index === messages.length - 1 ? ({ ...one, ...message } as ChatCompletionMessageParam) : one,
  );
}

/** The beginning that an answer to this call repeats. */
export function repeatedBeginning({ request }: ProviderCall, { repeats }: Continuation): string | undefined {
  return repeats ? beginningOf(messagesOf(request)) : undefined;
}
