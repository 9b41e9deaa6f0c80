import type { Reason } from '../../src/completion/error.ts';
import { FinishReason } from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import type { Claim, Expectation, Said } from './expectations.ts';
import { bodyOf, isStreamed, type Recording } from './recordings.ts';

// A reading of recordings of servers that speak OpenAI's API after their own fashion, by their documentation and by
// what was seen on the wire.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

export const claims: readonly [compatible: Claim] = [
  {
    title: 'OpenAI-compatible servers',
    wanted: ({ provider, api }) =>
      provider.startsWith('openai-compat:') && /^(chat|embeddings|models|ollama\/.*)$/.test(api),
    read: readCompatible,
  },
];

function readCompatible(recording: Recording): Expectation {
  const { api, request, response } = recording;
  const ofOllamasOwn = api.startsWith('ollama/') || request?.path === '/api/tags';
  if (response.status !== 200) {
    const { status } = response;
    return { kind: 'error', reason: reasonOf(status, response.body), httpStatus: status };
  }
  if (ofOllamasOwn) {
    return { kind: 'not judged', why: "an answer of Ollama's own API; the adapter asks it under /v1" };
  }
  if (api === 'embeddings') return readEmbeddings(recording);
  if (api === 'models') return { kind: 'model list', models: (response.body as Json).data.map(idOf) };
  return readCompletion(recording);
}

/** Reads vectors, as numbers or as the base64 of floats. */
export function readEmbeddings({ response }: Recording): Expectation {
  const { data, usage }: Json = response.body;
  const vectors = data.map(({ embedding }: Json) =>
    typeof embedding === 'string' ? [...floats(Buffer.from(embedding, 'base64'))] : embedding,
  );
  return {
    kind: 'embeddings',
    embedded: { vectors, usage: { ...NO_TOKENS, inputTokens: usage.prompt_tokens, estimated: false } },
  };
}

function floats(bytes: Buffer): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/** Reads a chat completion, whole or streamed. */
export function readCompletion(recording: Recording): Expectation {
  if (!isStreamed(recording)) {
    const { choices, usage }: Json = recording.response.body;
    return { kind: 'answer', said: saidBy(choices[0], choices[0].message ?? {}, usage) };
  }
  const chunks = chunksOf(recording);
  const failed = chunks.find(({ error }) => error);
  if (failed) {
    return { kind: 'error', reason: reasonOf(failed.error.code, failed), httpStatus: undefined };
  }
  const { choice, message, usage } = joined(chunks);
  return { kind: 'answer', said: saidBy(choice, message, usage) };
}

/** The same answer as a stream: a character of text and of reasoning per chunk, each tool call whole. */
export function toCompatibleStream(recording: Recording): Recording | undefined {
  if (recording.api !== 'chat') return undefined;
  const { choices, usage, ...head }: Json = recording.response.body;
  const { message = {}, finish_reason } = choices[0];
  const deltas: Json[] = [
    { role: 'assistant', content: null },
    ...['reasoning', 'reasoning_content'].flatMap((name) =>
      [...(message[name] ?? '')].map((text) => ({ [name]: text })),
    ),
    ...[...(message.content ?? '')].map((content) => ({ content })),
    ...(message.tool_calls ?? []).map((call: Json, index: number) => ({ tool_calls: [{ ...call, index }] })),
    ...[...(message.refusal ?? '')].map((refusal) => ({ refusal })),
  ];
  const chunks = [
    ...deltas.map((delta) => ({ ...head, choices: [{ index: 0, delta, finish_reason: null }] })),
    { ...head, choices: [{ index: 0, delta: {}, finish_reason }], usage },
  ];
  const events = chunks.map((chunk) => `: still there\n\ndata: ${JSON.stringify(chunk)}\n\n`).join('');
  return answering(recording, 'text/event-stream', 'sse', `${events}data: [DONE]\n\n`);
}

/** The same answer whole. */
export function toCompatibleWhole(recording: Recording): Recording | undefined {
  const chunks = chunksOf(recording);
  const { choice, message, usage } = joined(chunks);
  const body = { ...chunks[0], choices: [{ ...choice, delta: undefined, message }], usage };
  return answering(recording, 'application/json', 'json', JSON.stringify(body));
}

function answering(recording: Recording, contentType: string, wire: string, body: string): Recording {
  const headers = { 'content-type': contentType };
  return { ...recording, response: { status: 200, headers, encoding: 'text', wire, body } };
}

function chunksOf(recording: Recording): Json[] {
  return bodyOf(recording)
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)));
}

/** What the chunks of a stream amount to. */
function joined(chunks: Json[]): { choice: Json; message: Json; usage: Json } {
  const choices = chunks.flatMap((chunk) => chunk.choices);
  const text = (name: string) => choices.map(({ delta }) => delta[name] ?? '').join('');
  const calls: Json[] = [];
  for (const { index, id, function: tool } of choices.flatMap(({ delta }) => delta.tool_calls ?? [])) {
    calls[index] ??= { id, type: 'function', function: { name: tool.name, arguments: '' } };
    calls[index].function.arguments += tool.arguments ?? '';
  }
  return {
    choice: choices.findLast(({ finish_reason }) => finish_reason) ?? {},
    message: {
      content: text('content'),
      reasoning: text('reasoning') || text('reasoning_content'),
      refusal: text('refusal'),
      tool_calls: calls,
    },
    usage: chunks.findLast(({ usage }) => usage)?.usage,
  };
}

function saidBy(choice: Json, message: Json, usage: Json): Said {
  const thought = message.reasoning || message.reasoning_content;
  const toolCalls = (message.tool_calls ?? []).map(({ id, function: tool }: Json) => ({
    id,
    name: tool.name,
    arguments: tool.arguments,
    signature: '',
  }));
  const word = choice.finish_reason ?? '';
  return {
    text: message.content ?? '',
    reasoning: thought ? [{ text: thought, signature: '', redacted: false }] : [],
    toolCalls,
    refusal: message.refusal ?? '',
    citations: [],
    finishReason: finishReasonOf(word, toolCalls.length > 0),
    providerFinishReason: word,
    usage: usageOf(usage),
  };
}

function finishReasonOf(word: string, calledTools: boolean): FinishReason {
  if (calledTools && (word === 'stop' || word === '')) return FinishReason.TOOL_CALLS;
  const documented: Record<string, FinishReason> = {
    stop: FinishReason.STOP,
    eos: FinishReason.STOP,
    length: FinishReason.LENGTH,
    tool_calls: FinishReason.TOOL_CALLS,
    content_filter: FinishReason.CONTENT_FILTER,
  };
  return documented[word] ?? FinishReason.OTHER;
}

function usageOf(usage: Json): Said['usage'] {
  if (!usage) return NO_TOKENS;
  const { prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details } = usage;
  return {
    inputTokens: prompt_tokens,
    // The contract wants subsets inside of their totals; Grok on Azure has recorded more cached tokens than tokens.
    cacheReadTokens: Math.min(prompt_tokens_details?.cached_tokens ?? 0, prompt_tokens),
    cacheWriteTokens: prompt_tokens_details?.cache_write_tokens ?? 0,
    outputTokens: completion_tokens,
    reasoningTokens: completion_tokens_details?.reasoning_tokens ?? 0,
    estimated: false,
  };
}

const NO_TOKENS = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: true,
};

function idOf({ id }: Json): string {
  return id;
}

/** What an error means by its status, unless its words say more. */
export function reasonOf(status: number, body: unknown): Reason {
  const words = JSON.stringify(body);
  if (/(maximum|max) context length/.test(words)) return ErrorReason.CONTEXT_LENGTH_EXCEEDED;
  // A model without eyes or ears: llama.cpp calls it an error of its own, Cerebras one of the key.
  if (/input is not supported|multimodal_not_enabled/.test(words)) {
    return ErrorReason.PROVIDER_REJECTED_REQUEST;
  }
  const documented: Record<number, Reason> = {
    400: ErrorReason.PROVIDER_REJECTED_REQUEST,
    401: ErrorReason.PROVIDER_CREDENTIALS_REJECTED,
    404: ErrorReason.MODEL_NOT_FOUND,
    422: ErrorReason.PROVIDER_REJECTED_REQUEST,
    429: ErrorReason.PROVIDER_RATE_LIMITED,
    500: ErrorReason.PROVIDER_UNAVAILABLE,
  };
  const reason = documented[status];
  if (reason === undefined) throw new Error(`No expectation knows of the status ${status}.`);
  return reason;
}
