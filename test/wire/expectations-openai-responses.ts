import type { Reason } from '../../src/completion/error.ts';
import { FinishReason } from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import type { Claim, Expectation, Said } from './expectations.ts';
import { bodyOf, isStreamed, type Recording } from './recordings.ts';

// A reading of recordings of OpenAI's Responses API by the vendor's documentation and by what was seen on the wire. A
// stream is first put together, from its pieces, into the response that it amounts to, and then read as one.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

export const claims: readonly [responses: Claim] = [
  {
    title: "OpenAI's Responses API and its token counts, at whoever serves them",
    wanted: ({ provider, api }) =>
      api === 'responses' || api === 'openai-responses' || (provider === 'openai' && api === 'count_tokens'),
    read: readResponses,
  },
];

/** Reads a response, whole or streamed, or a count of the tokens of a request for one. */
function readResponses(recording: Recording): Expectation {
  const { status } = recording.response;
  if (status !== 200) {
    const { error } = JSON.parse(bodyOf(recording).toString());
    return { kind: 'error', reason: reasonOf(status, error), httpStatus: status };
  }
  if (!isStreamed(recording)) {
    const body = JSON.parse(bodyOf(recording).toString());
    if (body.object === 'response.input_tokens') return { kind: 'token count', tokens: body.input_tokens };
    return { kind: 'answer', said: saidBy(body) };
  }
  const events = eventsOf(recording);
  const failed = events.find(({ type }) => type === 'error' || type === 'response.failed');
  if (failed) return { kind: 'error', reason: reasonOf(undefined, failed.error), httpStatus: undefined };
  return { kind: 'answer', said: saidBy(responseOf(events)) };
}

/** The same response as a stream: a character of text per event, among events that nobody knows. */
export function toResponsesStream(recording: Recording): Recording | undefined {
  if (recording.response.status !== 200) return undefined;
  const response = JSON.parse(bodyOf(recording).toString());
  const { output, usage, status, incomplete_details, ...head } = response;
  const begun = { ...head, output: [], usage: null, status: 'in_progress', incomplete_details: null };
  const events: Json[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...output.flatMap((item: Json, output_index: number) =>
      [
        { type: 'response.output_item.added', item: opened(item) },
        { type: 'response.something_new.in_progress', item_id: item.id },
        ...piecesOf(item),
        { type: 'response.output_item.done', item },
      ].map((event) => ({ ...event, output_index })),
    ),
    { type: `response.${status}`, response },
  ];
  const body = events
    .map((event, sequence_number) => ({ ...event, sequence_number }))
    .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('');
  const headers = { 'content-type': 'text/event-stream; charset=utf-8' };
  return { ...recording, response: { status: 200, headers, encoding: 'text', wire: 'sse', body } };
}

/** The same response whole. */
export function toResponsesWhole(recording: Recording): Recording | undefined {
  const body = responseOf(eventsOf(recording));
  const headers = { 'content-type': 'application/json' };
  return { ...recording, response: { status: 200, headers, encoding: 'json', wire: 'json', body } };
}

function opened(item: Json): Json {
  switch (item.type) {
    case 'message':
      return { ...item, status: 'in_progress', content: [] };
    case 'function_call':
      return { ...item, status: 'in_progress', arguments: '' };
    case 'reasoning':
      return {
        ...item,
        summary: [],
        content: [],
        ...(item.encrypted_content && { encrypted_content: 'half' }),
      };
    default:
      return item;
  }
}

function piecesOf(item: Json): Json[] {
  switch (item.type) {
    case 'message':
      return item.content.flatMap((content: Json, content_index: number) => [
        ...[...(content.text ?? '')].map((delta) => ({
          type: 'response.output_text.delta',
          content_index,
          delta,
        })),
        ...[...(content.refusal ?? '')].map((delta) => ({
          type: 'response.refusal.delta',
          content_index,
          delta,
        })),
        ...(content.annotations ?? []).map((annotation: Json) => ({
          type: 'response.output_text.annotation.added',
          content_index,
          annotation,
        })),
      ]);
    case 'function_call':
      return (item.arguments.match(/.{1,3}/gs) ?? []).map((delta: string) => ({
        type: 'response.function_call_arguments.delta',
        delta,
        obfuscation: 'xyz',
      }));
    case 'reasoning':
      return [
        ...(item.content ?? []).flatMap(({ text }: Json, content_index: number) =>
          [...text].map((delta) => ({ type: 'response.reasoning_text.delta', content_index, delta })),
        ),
        ...item.summary.flatMap(({ text }: Json, summary_index: number) =>
          [...text].map((delta) => ({ type: 'response.reasoning_summary_text.delta', summary_index, delta })),
        ),
      ];
    default:
      return [];
  }
}

/** Up to the first event that ends a response: some bodies hold several, one after the other. */
function eventsOf(recording: Recording): Json[] {
  const events: Json[] = bodyOf(recording)
    .toString()
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith('data:') && !line.includes('[DONE]'))
    .map((line) => JSON.parse(line.slice('data:'.length)));
  return events.slice(0, events.findIndex(({ type }) => ENDS.has(type)) + 1);
}

const ENDS = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error']);

/** The last event's response, with its output put together from the pieces; `done` tells what has no pieces. */
function responseOf(events: Json[]): Json {
  const done = events.filter(({ type }) => type === 'response.output_item.done');
  const output = done.map(({ item, output_index }) => {
    const pieces = events.filter((event) => event.output_index === output_index);
    const joined = (type: string) =>
      pieces
        .filter((piece) => piece.type === `response.${type}.delta`)
        .map(({ delta }) => delta)
        .join('');
    if (item.type === 'function_call') return { ...item, arguments: joined('function_call_arguments') };
    if (item.type !== 'message') return item;
    const annotations = pieces.flatMap(({ annotation = [] }) => annotation);
    const refusal = joined('refusal');
    const content = refusal
      ? { type: 'refusal', refusal }
      : { type: 'output_text', text: joined('output_text'), annotations };
    return { ...item, content: [content] };
  });
  return { ...events.at(-1).response, output };
}

function saidBy({ output, usage, status, incomplete_details }: Json): Said {
  const contents: Json[] = output
    .filter(({ type }: Json) => type === 'message')
    .flatMap(({ content }: Json) => content);
  const toolCalls = output
    .filter(({ type }: Json) => type === 'function_call')
    .map(({ call_id, name, arguments: json }: Json) => ({
      id: call_id,
      name,
      arguments: json || '{}',
      signature: '',
    }));
  const refusal = contents.map((content) => content.refusal ?? '').join('');
  const providerFinishReason = incomplete_details?.reason ?? status;
  return {
    text: contents.map((content) => content.text ?? '').join(''),
    reasoning: output.filter(({ type }: Json) => type === 'reasoning').flatMap(reasoningIn),
    toolCalls,
    refusal,
    citations: contents
      .flatMap((content) => content.annotations ?? [])
      .map(({ title, filename, url }: Json) => ({ title: title ?? filename, uri: url ?? '', text: '' })),
    finishReason: finishReasonOf(providerFinishReason, toolCalls.length > 0, refusal !== ''),
    providerFinishReason,
    usage: {
      inputTokens: usage.input_tokens,
      cacheReadTokens: usage.input_tokens_details?.cached_tokens ?? 0,
      cacheWriteTokens: usage.input_tokens_details?.cache_write_tokens ?? 0,
      outputTokens: usage.output_tokens,
      reasoningTokens: usage.output_tokens_details?.reasoning_tokens ?? 0,
      estimated: false,
    },
  };
}

/** The signature is the item, as the vendor wants it back, where it holds what was thought. */
function reasoningIn(item: Json): Said['reasoning'] {
  const { content = [], summary, encrypted_content } = item;
  const text = [...content, ...summary].map((piece: Json) => piece.text).join('\n\n');
  const whole = encrypted_content || content.length > 0;
  const signature = whole ? Buffer.from(JSON.stringify(item)).toString('base64') : '';
  return text || signature ? [{ text, signature, redacted: false }] : [];
}

function finishReasonOf(word: string, calledTools: boolean, refused: boolean): FinishReason {
  if (word === 'max_output_tokens') return FinishReason.LENGTH;
  if (word === 'content_filter') return FinishReason.CONTENT_FILTER;
  if (refused) return FinishReason.REFUSAL;
  return calledTools ? FinishReason.TOOL_CALLS : FinishReason.STOP;
}

function reasonOf(status: number | undefined, error: Json): Reason {
  const documented: Record<string, Reason> = {
    context_length_exceeded: ErrorReason.CONTEXT_LENGTH_EXCEEDED,
    model_not_found: ErrorReason.MODEL_NOT_FOUND,
    rate_limit_exceeded: ErrorReason.PROVIDER_RATE_LIMITED,
  };
  const reason = documented[error.code];
  if (reason) return reason;
  if (status === 401) return ErrorReason.PROVIDER_CREDENTIALS_REJECTED;
  return status === 400 ? ErrorReason.PROVIDER_REJECTED_REQUEST : ErrorReason.PROVIDER_UNAVAILABLE;
}
