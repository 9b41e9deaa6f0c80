import type { Reason } from '../../src/completion/error.ts';
import { FinishReason } from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import type { Claim, Expectation, Said } from './expectations.ts';
import { bodyOf, isStreamed, type Recording } from './recordings.ts';

// A reading of recordings of Hugging Face's router, of the providers behind it, and of TGI, by their documentation and
// by what was seen on the wire.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

const ofHuggingFace = ({ provider }: Recording) =>
  provider === 'huggingface' || provider === 'openai-compat:tgi';

/** A completion that was asked for by Hugging Face's own task, and not by OpenAI's API. */
const isGeneration = ({ api, request }: Recording) =>
  api === 'tgi/generate' ||
  Boolean(request?.body && 'inputs' in (request.body as object) && api === 'models');

export const claims: readonly [chat: Claim, generation: Claim, embeddings: Claim] = [
  {
    title: 'Hugging Face chat',
    wanted: (recording) => ofHuggingFace(recording) && recording.api === 'chat',
    read: readChat,
  },
  {
    title: 'Hugging Face text-generation',
    wanted: (recording) => ofHuggingFace(recording) && isGeneration(recording),
    read: readGeneration,
  },
  {
    title: 'Hugging Face feature-extraction',
    wanted: (recording) => ofHuggingFace(recording) && recording.api === 'embeddings',
    read: readEmbeddings,
  },
];

/** What TGI was asked to stop at in the recording that met it; the recording has no request. */
export const STOP_THAT_WAS_MET = 'test';

function readChat(recording: Recording): Expectation {
  if (recording.response.status !== 200) return readError(recording);
  if (!isStreamed(recording)) {
    const { choices, usage } = JSON.parse(bodyOf(recording).toString());
    const [{ message, finish_reason }] = choices;
    return { kind: 'answer', said: saidInChat(message, finish_reason, usage) };
  }
  const chunks = chunksOf(recording);
  const choices: Json[] = chunks.flatMap((chunk) => chunk.choices);
  const message: Json = { content: '', reasoning: '', tool_calls: [] };
  for (const { delta = {} } of choices) {
    message.content += delta.content ?? '';
    message.reasoning += delta.reasoning_content ?? delta.reasoning ?? '';
    for (const { index, id, function: tool } of delta.tool_calls ?? []) {
      message.tool_calls[index] ??= { id, function: { name: tool.name, arguments: '' } };
      message.tool_calls[index].function.arguments += tool.arguments ?? '';
    }
  }
  const word = choices.findLast(({ finish_reason }) => finish_reason)?.finish_reason;
  return {
    kind: 'answer',
    said: saidInChat(message, word, chunks.findLast(({ usage }) => usage)?.usage),
  };
}

function saidInChat(message: Json, word: string | undefined, usage: Json): Said {
  const reasoning = message.reasoning_content ?? message.reasoning ?? '';
  const toolCalls: Said['toolCalls'] = (message.tool_calls ?? []).map((call: Json) => ({
    id: call.id,
    name: call.function.name,
    arguments: call.function.arguments,
    signature: '',
  }));
  return {
    ...NOTHING,
    text: message.content ?? '',
    reasoning: reasoning === '' ? [] : [{ text: reasoning, signature: '', redacted: false }],
    toolCalls,
    // Some providers say "stop", and some nothing at all, where tools are called.
    finishReason:
      word === 'length'
        ? FinishReason.LENGTH
        : toolCalls.length > 0
          ? FinishReason.TOOL_CALLS
          : FinishReason.STOP,
    providerFinishReason: word ?? '',
    usage: {
      ...NO_TOKENS,
      inputTokens: usage?.prompt_tokens ?? 0,
      cacheReadTokens: usage?.prompt_tokens_details?.cached_tokens ?? usage?.cached_tokens ?? 0,
      outputTokens: usage?.completion_tokens ?? 0,
      estimated: !usage,
    },
  };
}

/** The answer written out a character at a time, tool calls in pieces of three, and the usage in every chunk. */
export function toChatStream(recording: Recording): Recording | undefined {
  const { choices, usage, ...head } = JSON.parse(bodyOf(recording).toString());
  const [{ message, finish_reason }] = choices;
  const deltas: Json[] = [
    { role: 'assistant', content: null },
    ...[...(message.reasoning_content ?? '')].map((reasoning_content) => ({ reasoning_content })),
    ...[...(message.content ?? '')].map((content) => ({ content })),
    ...(message.tool_calls ?? []).flatMap(({ id, type, function: tool }: Json, index: number) => [
      { tool_calls: [{ index, id, type, function: { name: tool.name, arguments: '' } }] },
      ...tool.arguments
        .match(/.{1,3}/gs)
        .map((piece: string) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ]),
  ];
  const chunks = [
    ...deltas.map((delta) => ({ ...head, choices: [{ index: 0, delta, finish_reason: null }], usage })),
    { ...head, choices: [{ index: 0, delta: {}, finish_reason }], usage },
  ];
  return asStream(
    recording,
    `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`,
  );
}

/** The answer in one piece. */
export function toWholeChat(recording: Recording): Recording | undefined {
  const expectation = readChat(recording);
  if (expectation.kind !== 'answer') return undefined;
  const { text, reasoning, toolCalls, providerFinishReason } = expectation.said;
  const message = {
    role: 'assistant',
    content: text || null,
    reasoning_content: reasoning[0]?.text ?? null,
    tool_calls: toolCalls.map(({ id, name, arguments: json }) => ({
      id,
      type: 'function',
      function: { name, arguments: json },
    })),
  };
  const [first] = chunksOf(recording);
  const usage = chunksOf(recording).findLast((chunk) => chunk.usage)?.usage;
  const choices = [{ index: 0, message, finish_reason: providerFinishReason || null }];
  return {
    ...recording,
    response: {
      ...recording.response,
      headers: JSON_TYPE,
      encoding: 'json',
      wire: 'json',
      body: { ...first, choices, usage },
    },
  };
}

function readGeneration(recording: Recording): Expectation {
  if (recording.response.status !== 200) return { ...readError(recording), asked: 'answer' };
  const { generated_text, details } = generatedIn(recording);
  const documented: Record<string, FinishReason> = {
    eos_token: FinishReason.STOP,
    stop_sequence: FinishReason.STOP_SEQUENCE,
    length: FinishReason.LENGTH,
  };
  return {
    kind: 'answer',
    said: {
      ...NOTHING,
      // TGI leaves the stop text in, which the contract does not.
      text: generated_text.replace(new RegExp(`${STOP_THAT_WAS_MET}$`), ''),
      finishReason: documented[details.finish_reason] ?? FinishReason.OTHER,
      providerFinishReason: details.finish_reason,
      // The prompt's tokens are told in a header, which was not recorded.
      usage: { ...NO_TOKENS, outputTokens: details.generated_tokens, estimated: true },
    },
  };
}

/** The same tokens as TGI streams them: the last one comes with the whole text. */
export function toGeneratedStream(recording: Recording): Recording | undefined {
  const { generated_text, details } = generatedIn(recording);
  // The recorded text begins with its prompt, which a stream does not repeat.
  const tokens: Json[] = details.tokens;
  const prompt = generated_text.slice(0, -tokens.map(({ text }) => text).join('').length);
  const { finish_reason, generated_tokens, seed } = details;
  const events = [{ id: 1, text: prompt, logprob: 0, special: false }, ...tokens].map(
    (token, index, all) => ({
      index: index + 1,
      token,
      generated_text: index === all.length - 1 ? generated_text : null,
      details: index === all.length - 1 ? { finish_reason, generated_tokens, seed } : null,
    }),
  );
  return asStream(recording, events.map((event) => `data:${JSON.stringify(event)}\n\n`).join(''));
}

/** The older routes of TGI put the answer into a list. */
function generatedIn(recording: Recording): Json {
  const body = JSON.parse(bodyOf(recording).toString());
  return Array.isArray(body) ? body[0] : body;
}

function readEmbeddings(recording: Recording): Expectation {
  if (recording.response.status !== 200) return readError(recording);
  const features = JSON.parse(bodyOf(recording).toString());
  const tokens = recording.response.headers['x-compute-tokens'];
  return {
    kind: 'embeddings',
    embedded: {
      vectors: typeof features[0] === 'number' ? [features] : features,
      usage: { ...NO_TOKENS, inputTokens: Number(tokens ?? 0), estimated: tokens === undefined },
    },
  };
}

function readError(recording: Recording): Extract<Expectation, { kind: 'error' }> {
  const { status, headers, encoding, body } = recording.response;
  const said: Json = encoding === 'json' ? body : {};
  const code = said.error?.code;
  return {
    kind: 'error',
    reason: reasonOf(status, code, Boolean(headers['x-inference-provider'])),
    httpStatus: status,
  };
}

function reasonOf(status: number, code: unknown, fromHuggingFace: boolean): Reason {
  if (code === 'model_not_found') return ErrorReason.MODEL_NOT_FOUND;
  if (status === 404)
    return fromHuggingFace ? ErrorReason.MODEL_NOT_FOUND : ErrorReason.PROVIDER_RESPONSE_INVALID;
  if (status === 401 || status === 402 || status === 403) return ErrorReason.PROVIDER_CREDENTIALS_REJECTED;
  if (status === 400 || status === 422) return ErrorReason.PROVIDER_REJECTED_REQUEST;
  if (status === 429) return ErrorReason.PROVIDER_RATE_LIMITED;
  return ErrorReason.PROVIDER_UNAVAILABLE;
}

function chunksOf(recording: Recording): Json[] {
  return bodyOf(recording)
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('data:') && !line.includes('[DONE]'))
    .map((line) => JSON.parse(line.slice('data:'.length)));
}

function asStream(recording: Recording, body: string): Recording {
  const headers = { 'content-type': 'text/event-stream' };
  return { ...recording, response: { status: 200, headers, encoding: 'text', wire: 'sse', body } };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const NO_TOKENS = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
};
const NOTHING = { text: '', reasoning: [], toolCalls: [], refusal: '', citations: [] };
