import type { Reason } from '../../src/completion/error.ts';
import { FinishReason } from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import type { Claim, Expectation, Said } from './expectations.ts';
import { bodyOf, isStreamed, type Recording } from './recordings.ts';

// A reading of recordings of Cohere's API by the vendor's documentation and by what was seen on the wire. A stream is
// first put together into the answer that it amounts to, and then read as one.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

/** The recordings that the tests of this adapter judge. */
export const claims: readonly Claim[] = [
  { title: 'Cohere', wanted: ({ provider }) => provider === 'cohere', read: readCohere },
];

/** Reads an answer, whole or streamed, vectors, a count, a list of models, or an error of any of them. */
export function readCohere(recording: Recording): Expectation {
  const { api, response } = recording;
  if (response.status !== 200) {
    return {
      kind: 'error',
      reason: reasonOf(response.status, parsed(recording)),
      httpStatus: response.status,
    };
  }
  switch (api) {
    case 'v2/chat':
      return readAnswer(isStreamed(recording) ? answerOf(eventsOf(recording)) : parsed(recording));
    case 'embeddings':
      return readEmbeddings(parsed(recording));
    case 'count_tokens':
      return readCount(recording);
    case 'models':
      return { kind: 'model list', models: parsed(recording).models.map(({ name }: Json) => name) };
    case 'rerank':
      return { kind: 'not judged', why: 'the gateway does not rerank' };
    default:
      return { kind: 'not judged', why: `${api} is version 1 of the API, which the adapter does not speak` };
  }
}

function readAnswer(answer: Json): Expectation {
  if (answer.finish_reason === 'ERROR') {
    // The same words come as an answer with status 422.
    const reason = /^No valid response generated/.test(answer.error)
      ? ErrorReason.PROVIDER_REJECTED_REQUEST
      : ErrorReason.PROVIDER_UNAVAILABLE;
    return { kind: 'error', reason, httpStatus: undefined };
  }
  return { kind: 'answer', said: saidBy(answer) };
}

function readEmbeddings({ embeddings, meta }: Json): Expectation {
  const usage = { ...NO_USAGE, inputTokens: meta.billed_units.input_tokens };
  if (!embeddings.float) return { kind: 'not judged', why: 'it has no vectors of numbers' };
  return { kind: 'embeddings', embedded: { vectors: embeddings.float, usage } };
}

function readCount(recording: Recording): Expectation {
  if (!recording.model?.startsWith('embed-')) {
    return { kind: 'not judged', why: 'a text is counted, which is not what a conversation takes' };
  }
  return { kind: 'token count', tokens: parsed(recording).tokens.length };
}

/** The same answer as a stream: a character of text per event, arguments in pieces of three characters. */
export function toCohereStream(recording: Recording): Recording | undefined {
  if (recording.api !== 'v2/chat' || recording.response.status !== 200) return undefined;
  const { id, message, finish_reason, usage } = parsed(recording);
  const events: Json[] = [
    { type: 'message-start', id, delta: { message: { role: 'assistant', content: [], tool_calls: [] } } },
    ...[...(message.tool_plan ?? '')].map((tool_plan) => said('tool-plan-delta', undefined, { tool_plan })),
    ...(message.content ?? []).flatMap((content: Json, index: number) => contentEvents(content, index)),
    ...(message.tool_calls ?? []).flatMap((call: Json, index: number) => callEvents(call, index)),
    ...(message.citations ?? []).flatMap((citations: Json, index: number) => [
      said('citation-start', index, { citations }),
      { type: 'citation-end', index },
    ]),
    { type: 'message-end', delta: { finish_reason, usage } },
  ];
  const written = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return {
    ...recording,
    response: {
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      encoding: 'text',
      wire: 'sse',
      body: `${written.join('')}data: [DONE]\n\n`,
    },
  };
}

function contentEvents({ type, ...content }: Json, index: number): Json[] {
  const text: string = content[type];
  return [
    said('content-start', index, { content: { type, [type]: '' } }),
    ...[...text].map((piece) => said('content-delta', index, { content: { [type]: piece } })),
    { type: 'content-end', index },
  ];
}

function callEvents({ id, type, function: called }: Json, index: number): Json[] {
  const pieces: string[] = called.arguments.match(/.{1,3}/gs) ?? [];
  const opened = { id, type, function: { name: called.name, arguments: '' } };
  return [
    said('tool-call-start', index, { tool_calls: opened }),
    ...pieces.map((json) =>
      said('tool-call-delta', index, { tool_calls: { function: { arguments: json } } }),
    ),
    { type: 'tool-call-end', index },
  ];
}

function said(type: string, index: number | undefined, message: Json): Json {
  return { type, index, delta: { message } };
}

/** The same answer whole. */
export function toCohereWhole(recording: Recording): Recording | undefined {
  const { error: _, ...body } = answerOf(eventsOf(recording));
  const headers = { 'content-type': 'application/json' };
  return { ...recording, response: { status: 200, headers, encoding: 'json', wire: 'json', body } };
}

function parsed(recording: Recording): Json {
  return JSON.parse(bodyOf(recording).toString());
}

function eventsOf(recording: Recording): Json[] {
  return bodyOf(recording)
    .toString()
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith('data:') && !line.includes('[DONE]'))
    .map((line) => JSON.parse(line.slice('data:'.length)));
}

function answerOf(events: Json[]): Json {
  const content: Json[] = [];
  const calls: Json[] = [];
  const citations: Json[] = [];
  let plan = '';
  let id: unknown;
  let end: Json = {};
  for (const { type, index, delta, ...event } of events) {
    const message = delta?.message;
    if (type === 'message-start') id = event.id;
    if (type === 'message-end') end = delta;
    if (type === 'tool-plan-delta') plan += message.tool_plan;
    if (type === 'content-start') content[index] = { ...message.content };
    if (type === 'content-delta') {
      for (const [key, text] of Object.entries(message.content)) content[index][key] += text;
    }
    if (type === 'tool-call-start') calls[index] = structuredClone(message.tool_calls);
    if (type === 'tool-call-delta') {
      calls[index].function.arguments += message.tool_calls.function.arguments;
    }
    if (type === 'citation-start') citations.push(message.citations);
  }
  return {
    id,
    message: { role: 'assistant', content, tool_plan: plan, tool_calls: calls, citations },
    ...end,
  };
}

function saidBy({ message, finish_reason, usage }: Json): Said {
  const { content = [], tool_plan = '', tool_calls = [], citations = [] } = message;
  const texts = content.filter(({ type }: Json) => type === 'text').map(({ text }: Json) => text);
  const thoughts = content
    .filter(({ type }: Json) => type === 'thinking')
    .map(({ thinking }: Json) => thinking);
  return {
    text: [...texts, tool_plan].join(''),
    reasoning: thoughts.map((text: string) => ({ text, signature: '', redacted: false })),
    toolCalls: tool_calls.map(({ id, function: called }: Json) => ({
      id,
      name: called.name,
      arguments: called.arguments || '{}',
      signature: '',
    })),
    refusal: '',
    citations: citations.flatMap(({ text, sources }: Json) =>
      sources.map(({ id, document, tool_output }: Json) => ({
        title: (document ?? tool_output)?.title ?? id,
        uri: (document ?? tool_output)?.url ?? '',
        text,
      })),
    ),
    finishReason: FINISH_REASONS[finish_reason] ?? FinishReason.OTHER,
    providerFinishReason: finish_reason,
    usage: usageOf(usage),
  };
}

function usageOf(usage: Json): Said['usage'] {
  if (!usage?.tokens) return { ...NO_USAGE, estimated: true };
  const { input_tokens, output_tokens, reasoning_tokens } = usage.tokens;
  return {
    ...NO_USAGE,
    inputTokens: input_tokens ?? 0,
    cacheReadTokens: usage.cached_tokens ?? 0,
    outputTokens: output_tokens ?? 0,
    reasoningTokens: reasoning_tokens ?? 0,
  };
}

const NO_USAGE = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
};

const FINISH_REASONS: Record<string, FinishReason> = {
  COMPLETE: FinishReason.STOP,
  STOP_SEQUENCE: FinishReason.STOP_SEQUENCE,
  MAX_TOKENS: FinishReason.LENGTH,
  TOOL_CALL: FinishReason.TOOL_CALLS,
};

function reasonOf(status: number, { message, error_type }: Json): Reason {
  if (error_type === 'TOO_MANY_TOKENS' || /^too many tokens/.test(message)) {
    return ErrorReason.CONTEXT_LENGTH_EXCEEDED;
  }
  const documented: Record<number, Reason> = {
    400: ErrorReason.PROVIDER_REJECTED_REQUEST,
    401: ErrorReason.PROVIDER_CREDENTIALS_REJECTED,
    403: ErrorReason.PROVIDER_CREDENTIALS_REJECTED,
    404: ErrorReason.MODEL_NOT_FOUND,
    422: ErrorReason.PROVIDER_REJECTED_REQUEST,
    429: ErrorReason.PROVIDER_RATE_LIMITED,
  };
  return documented[status] ?? ErrorReason.PROVIDER_UNAVAILABLE;
}
