import {
  type CallOptions,
  type CompleteInput,
  type CompletionEvent,
  type SluiceClient,
  SluiceError,
  textOf,
  toolCallsOf,
} from '@sluice/client';
import type { Attempt, CompleteResponse } from '@sluice/client/proto';
import { replyTo, TOOL_NAME, textOfReply, type Wishes } from './reply.ts';

/**
 * How a call is made: unary, for which the gateway reads a stream of the provider; unary and so short that it asks for
 * a whole answer; or streamed.
 */
export type Mode = 'unary' | 'unary, asked for whole' | 'streamed';

export const MODES: readonly Mode[] = ['unary', 'unary, asked for whole', 'streamed'];

/** What a caller saw of one call. */
export interface Seen {
  mode: Mode;
  prompt: string;
  /** Absent where the call failed. */
  answer: CompleteResponse | undefined;
  /** Absent where it was answered. */
  error: SluiceError | undefined;
  /** Of a streamed call. */
  events: readonly CompletionEvent[];
  /** What a caller that prints deltas, and starts over when it is told to, had on its screen at the end. */
  printed: string;
  durationMs: number;
}

export interface Asking extends Partial<Wishes> {
  model: string;
  prompt: string;
  mode: Mode;
  /** More of the request. */
  request?: Partial<CompleteInput>;
  options?: CallOptions;
  /** Told of each event of a streamed call. */
  onEvent?: (event: CompletionEvent) => void;
}

/** Few enough for the gateway to ask for a whole answer. */
const FEW_TOKENS = 512;

/** Makes one call through the real client, and takes down all that the caller sees. */
export async function ask(client: SluiceClient, asking: Asking): Promise<Seen> {
  const { mode, prompt, options, onEvent } = asking;
  const request = requestOf(asking);
  const startedAt = performance.now();
  const events: CompletionEvent[] = [];
  let printed = '';
  let answer: CompleteResponse | undefined;
  let error: SluiceError | undefined;
  try {
    if (mode === 'streamed') {
      const stream = client.stream(request, options);
      for await (const event of stream) {
        events.push(event);
        if (event.$case === 'failedOver' && event.value.discardPrevious) printed = '';
        if (event.$case === 'textDelta') printed += event.value.text;
        onEvent?.(event);
      }
      answer = await stream.final();
    } else {
      answer = await client.complete(request, options);
      printed = textOf(answer);
    }
  } catch (thrown) {
    if (!SluiceError.is(thrown)) throw thrown;
    error = thrown;
  }
  return { mode, prompt, answer, error, events, printed, durationMs: performance.now() - startedAt };
}

/**
 * What a call came to in few words: `the right answer`, the status and reason of its error, or what is wrong with an
 * answer that was presented as a success.
 */
export function verdictOf(seen: Seen, wishes: Partial<Wishes> = {}): string {
  const { answer, error, prompt, printed } = seen;
  if (error) return `${error.status} ${error.reason}`;
  if (!answer) return 'neither an answer nor an error';
  const reply = replyTo(prompt, { reasons: false, callsTool: false, ...wishes });
  const right = textOfReply(reply);
  if (textOf(answer) !== right) return `wrong text: ${difference(textOf(answer), right)}`;
  if (printed !== right) return `wrong text on the screen: ${difference(printed, right)}`;
  if (reasoningOf(answer) !== reply.reasoning.join('')) return `wrong reasoning: ${reasoningOf(answer)}`;
  const calls = toolCallsOf(answer).map(({ name, arguments: json }) => `${name} ${json}`);
  const json = reply.toolArguments.join('');
  const rightCalls = json === '' ? [] : [`${TOOL_NAME} ${json}`];
  if (calls.join() !== rightCalls.join())
    return `wrong tool calls: ${calls.join()}, not ${rightCalls.join()}`;
  if (answer.finishReason !== (json === '' ? 'FINISH_REASON_STOP' : 'FINISH_REASON_TOOL_CALLS'))
    return `finished by ${answer.finishReason}`;
  return 'the right answer';
}

/** Whether the caller of a stream saw anything of an answer. */
export function sawContent({ events }: Seen): boolean {
  return events.some(({ $case }) => !['started', 'warning', 'failedOver', 'finished'].includes($case));
}

export function attemptsOf({ answer, error }: Seen): readonly Attempt[] {
  return answer?.execution?.attempts ?? error?.attempts ?? [];
}

function requestOf({ model, prompt, mode, reasons, callsTool, request = {} }: Asking): CompleteInput {
  return {
    model,
    prompt,
    // What is asked here is asked of providers.
    cache: { mode: 'CACHE_MODE_BYPASS' },
    ...(mode === 'unary, asked for whole' && { maxOutputTokens: FEW_TOKENS }),
    ...(callsTool && { tools: [{ name: TOOL_NAME, parameters: '{"type":"object"}' }] }),
    ...(reasons && { reasoning: { effort: 'REASONING_EFFORT_LOW', include: true } }),
    ...request,
  };
}

function reasoningOf({ message }: CompleteResponse): string {
  const parts = message?.parts ?? [];
  return parts.map(({ part }) => (part?.$case === 'reasoning' ? part.value.text : '')).join('');
}

function difference(text: string, right: string): string {
  let at = 0;
  while (at < right.length && text[at] === right[at]) at += 1;
  const around = (whole: string) => JSON.stringify(whole.slice(Math.max(0, at - 20), at + 20));
  return `${text.length} characters for ${right.length}; at ${at} it is ${around(text)}, not ${around(right)}`;
}
