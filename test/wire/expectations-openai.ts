import type { Reason } from '../../src/completion/error.ts';
import { FinishReason } from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import type { Claim, Expectation, Said } from './expectations.ts';
import { bodyOf, isStreamed, type Recording } from './recordings.ts';

// A reading of OpenAI chat recordings by the vendor's documentation and by what was seen on the wire. It trusts the
// recordings, as a test may, and therefore takes `any` JSON by its documented form.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

export const claims: readonly [chat: Claim] = [
  {
    title: 'OpenAI chat completions',
    wanted: ({ provider, api }) => provider === 'openai' && api === 'chat',
    read: readOpenAi,
  },
];

/** Reads a chat completion, whole or streamed. */
export function readOpenAi(recording: Recording): Expectation {
  const { status } = recording.response;
  if (status !== 200)
    return { kind: 'error', reason: reasonOf(status, errorIn(recording)), httpStatus: status };
  const chunks: Json[] = isStreamed(recording)
    ? chunksOf(recording)
    : [JSON.parse(bodyOf(recording).toString())];
  const failed = chunks.find((chunk) => chunk.error);
  if (failed) return { kind: 'error', reason: reasonOf(undefined, failed.error), httpStatus: undefined };
  if (isStreamed(recording)) return { kind: 'answer', said: saidByChunks(chunks) };
  return {
    kind: 'answer',
    said: saidByChoice(chunks[0].choices[0], chunks[0].choices[0].message ?? {}, chunks[0].usage),
  };
}

/** The same answer as a stream, one character of text per chunk, tool calls side by side, usage last. */
export function toOpenAiStream(recording: Recording): Recording | undefined {
  if (recording.response.status !== 200) return undefined;
  const { choices, usage, error, ...head } = JSON.parse(bodyOf(recording).toString());
  if (error) return undefined;
  const { message = {}, finish_reason } = choices[0];
  const calls: Json[] = (message.tool_calls ?? []).filter(isFunction);
  const deltas: Json[] = [
    { role: 'assistant', content: '' },
    ...[...(message.content ?? '')].map((content) => ({ content })),
    ...calls.map((call: Json, index: number) => ({
      tool_calls: [{ index, ...call, function: { ...call.function, arguments: '' } }],
    })),
    ...interleaved(calls),
    ...(message.annotations?.length ? [{ annotations: message.annotations }] : []),
    ...[...(message.refusal ?? '')].map((refusal) => ({ refusal })),
  ];
  const chunks = [
    ...deltas.map((delta) => ({ ...head, choices: [{ index: 0, delta, finish_reason: null }], usage: null })),
    { ...head, choices: [{ index: 0, delta: {}, finish_reason }], usage: null },
    { ...head, choices: [], usage },
  ];
  const body = `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`;
  return {
    ...recording,
    response: {
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      encoding: 'text',
      wire: 'sse',
      body,
    },
  };
}

/** The same answer whole. */
export function toOpenAiWhole(recording: Recording): Recording | undefined {
  const chunks = chunksOf(recording);
  if (chunks.some((chunk) => chunk.error)) return undefined;
  const said = saidByChunks(chunks);
  const message = {
    role: 'assistant',
    content: said.text || null,
    refusal: said.refusal || null,
    tool_calls: said.toolCalls.map(({ id, name, arguments: json }) => ({
      id,
      type: 'function',
      function: { name, arguments: json },
    })),
    annotations: said.citations.map(({ title, uri }) => ({
      type: 'url_citation',
      url_citation: { title, url: uri },
    })),
  };
  const usage = chunks.findLast((chunk) => chunk.usage)?.usage;
  const body = {
    ...chunks[0],
    choices: [{ index: 0, message, finish_reason: said.providerFinishReason }],
    usage,
  };
  return {
    ...recording,
    response: {
      status: 200,
      headers: { 'content-type': 'application/json' },
      encoding: 'json',
      wire: 'json',
      body,
    },
  };
}

/** Arguments in pieces of three characters, a piece of each call by turns. */
function interleaved(calls: Json[]): Json[] {
  const pieces = calls.map((call) => call.function.arguments.match(/.{1,3}/gs) ?? []);
  const rounds = Math.max(0, ...pieces.map((of) => of.length));
  return Array.from({ length: rounds }).flatMap((_, round) =>
    pieces.flatMap((of, index) =>
      of[round] === undefined ? [] : [{ tool_calls: [{ index, function: { arguments: of[round] } }] }],
    ),
  );
}

function chunksOf(recording: Recording): Json[] {
  return bodyOf(recording)
    .toString()
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trim())
    .filter((data) => data !== '' && data !== '[DONE]')
    .map((data) => JSON.parse(data));
}

function saidByChunks(chunks: Json[]): Said {
  const choices = chunks.flatMap((chunk) =>
    (chunk.choices ?? []).filter((choice: Json) => (choice.index ?? 0) === 0),
  );
  const deltas = choices.map((choice) => choice.delta ?? {});
  const calls: Json[] = [];
  for (const piece of deltas.flatMap((delta) => delta.tool_calls ?? []).filter(isFunction)) {
    calls[piece.index] ??= { id: piece.id, function: { name: piece.function.name, arguments: '' } };
    calls[piece.index].function.arguments += piece.function?.arguments ?? '';
  }
  const message = {
    content: deltas.map((delta) => delta.content ?? '').join(''),
    refusal: deltas.map((delta) => delta.refusal ?? '').join(''),
    tool_calls: calls.filter(Boolean),
    annotations: deltas.flatMap((delta) => delta.annotations ?? []),
  };
  const finished = choices.findLast((choice) => choice.finish_reason);
  return saidByChoice(finished ?? {}, message, chunks.findLast((chunk) => chunk.usage)?.usage);
}

/** The contract knows no other tools. */
function isFunction(call: Json): boolean {
  return call.function !== undefined;
}

function saidByChoice(choice: Json, message: Json, usage: Json): Said {
  const toolCalls = (message.tool_calls ?? []).filter(isFunction).map((call: Json) => ({
    id: call.id,
    name: call.function.name,
    arguments: call.function.arguments || '{}',
    signature: '',
  }));
  const word = choice.finish_reason ?? '';
  return {
    text: message.content ?? '',
    reasoning: [],
    toolCalls,
    refusal: message.refusal ?? '',
    citations: (message.annotations ?? []).map(({ url_citation }: Json) => ({
      title: url_citation.title,
      uri: url_citation.url,
      text: '',
    })),
    finishReason: finishReasonOf(word, toolCalls.length > 0, Boolean(message.refusal)),
    providerFinishReason: word,
    usage: {
      inputTokens: usage?.prompt_tokens ?? 0,
      cacheReadTokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
      cacheWriteTokens: usage?.prompt_tokens_details?.cache_write_tokens ?? 0,
      outputTokens: usage?.completion_tokens ?? 0,
      reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens ?? 0,
      estimated: !usage,
    },
  };
}

function finishReasonOf(word: string, calledTools: boolean, refused: boolean): FinishReason {
  if (word === 'stop' && refused) return FinishReason.REFUSAL;
  if (word === 'stop' && calledTools) return FinishReason.TOOL_CALLS;
  const documented: Record<string, FinishReason> = {
    stop: FinishReason.STOP,
    length: FinishReason.LENGTH,
    tool_calls: FinishReason.TOOL_CALLS,
    content_filter: FinishReason.CONTENT_FILTER,
  };
  return documented[word] ?? FinishReason.OTHER;
}

function errorIn(recording: Recording): Json {
  const body: Json = recording.response.body;
  return recording.response.encoding === 'json' ? body?.error : undefined;
}

function reasonOf(status: number | undefined, error: Json): Reason {
  if (status === 404 && !error) return ErrorReason.PROVIDER_RESPONSE_INVALID;
  if (error?.code === 'context_length_exceeded' || /maximum context length/i.test(error?.message))
    return ErrorReason.CONTEXT_LENGTH_EXCEEDED;
  if (error?.code === 'content_filter' || error?.code === 'content_policy_violation')
    return ErrorReason.CONTENT_BLOCKED;
  if (error?.code === 'model_not_found' || status === 404) return ErrorReason.MODEL_NOT_FOUND;
  if (error?.code === 'insufficient_quota') return ErrorReason.PROVIDER_CREDENTIALS_REJECTED;
  if (status === 401 || status === 402 || status === 403) return ErrorReason.PROVIDER_CREDENTIALS_REJECTED;
  if (status === 429) return ErrorReason.PROVIDER_RATE_LIMITED;
  if (status === 400 || status === 422 || error?.type === 'invalid_request_error') {
    return ErrorReason.PROVIDER_REJECTED_REQUEST;
  }
  return ErrorReason.PROVIDER_UNAVAILABLE;
}
