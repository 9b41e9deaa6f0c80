import type { Reason } from '../../src/completion/error.ts';
import { FinishReason } from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import type { Claim, Embedded, Expectation, Said } from './expectations.ts';
import { bodyOf, isStreamed, type Recording } from './recordings.ts';

// A reading of Gemini and Vertex recordings by the vendor's documentation and by what was seen on the wire. It trusts
// the recordings, as a test may, and therefore takes `any` JSON by its documented form.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

/** Gemini's and Vertex's; `path` is what the base URL of each ends in. */
export const claims: readonly (Claim & { path: string })[] = [
  {
    title: 'Gemini generateContent, embeddings, token counts and models',
    wanted: ({ provider }) => provider === 'gemini',
    read: readGoogle,
    path: '',
  },
  {
    title: 'Vertex AI generateContent, embeddings, token counts and models',
    wanted: ({ provider }) => provider === 'vertex',
    read: readGoogle,
    path: '/v1/projects/p/locations/l/publishers/google',
  },
];

/** Reads an answer, whole or streamed, vectors, a token count or a list of models. */
function readGoogle(recording: Recording): Expectation {
  const { status } = recording.response;
  const responses = responsesOf(recording);
  const error = responses.find((response) => response.error)?.error;
  if (status !== 200 || error) {
    return {
      kind: 'error',
      reason: reasonOf(error ?? { code: status }),
      httpStatus: status === 200 ? error.code : status,
    };
  }
  switch (recording.api) {
    case 'embeddings':
      return { kind: 'embeddings', embedded: embeddedBy(responses[0]) };
    case 'count_tokens':
      return { kind: 'token count', tokens: responses[0].totalTokens };
    case 'models':
      return readModels(responses[0]);
    default:
      return readAnswer(responses);
  }
}

function readAnswer(responses: readonly Json[]): Expectation {
  const candidates = responses.flatMap((response) => response.candidates ?? []);
  if (candidates.length === 0)
    return { kind: 'error', reason: ErrorReason.CONTENT_BLOCKED, httpStatus: undefined };
  return { kind: 'answer', said: saidBy(responses, candidates) };
}

/** Gemini has `embeddings`, or one `embedding`; Vertex `predictions`, each with its own count of tokens. */
function embeddedBy({ embedding, embeddings, predictions, usageMetadata }: Json): Embedded {
  const vectors = embeddings ?? (embedding ? [embedding] : predictions.map((one: Json) => one.embeddings));
  const counts: (number | undefined)[] = usageMetadata
    ? [usageMetadata.promptTokenCount]
    : vectors.map((vector: Json) => vector.statistics?.token_count);
  const counted = counts.every((count) => count !== undefined);
  return {
    vectors: vectors.map((vector: Json) => vector.values),
    usage: {
      inputTokens: counted ? counts.reduce((sum: number, count) => sum + (count ?? 0), 0) : 0,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
      estimated: !counted,
    },
  };
}

function readModels({ publisherModels, models = publisherModels }: Json): Expectation {
  if (!models) return { kind: 'not judged', why: 'it describes one model, which nobody can ask for' };
  const names: string[] = models.map(({ name }: Json) =>
    name.replace(/^(publishers\/google\/)?models\//, ''),
  );
  return { kind: 'model list', models: [...new Set(names)] };
}

/** The same answer as a stream: texts in pieces of one character, other parts in a chunk each, usage growing. */
export function toGoogleStream(recording: Recording): Recording | undefined {
  const responses = responsesOf(recording);
  if (!responses.some((response) => response.candidates)) return undefined;
  const last = responses.at(-1);
  const parts: Json[] = responses.flatMap((response) => response.candidates[0].content?.parts ?? []);
  const pieces = parts.flatMap(inPieces);
  const head = { modelVersion: last.modelVersion, responseId: last.responseId };
  const { candidatesTokenCount: _, ...earlyUsage } = last.usageMetadata;
  const { content: __, ...candidate } = last.candidates[0];
  const chunks = [
    ...pieces.map((part) => ({
      ...head,
      candidates: [{ index: 0, content: { role: 'model', parts: [part] } }],
      usageMetadata: earlyUsage,
    })),
    // Usage may come without a candidate, and the end of a candidate without content.
    { ...head, usageMetadata: earlyUsage },
    { ...head, candidates: [candidate], usageMetadata: last.usageMetadata },
  ];
  const body = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join('');
  const headers = { 'content-type': 'text/event-stream' };
  return { ...recording, response: { status: 200, headers, encoding: 'text', wire: 'sse', body } };
}

/** The same answer whole: all parts in one candidate. */
export function toGoogleWhole(recording: Recording): Recording | undefined {
  const responses = responsesOf(recording);
  const candidates = responses.flatMap((response) => response.candidates ?? []);
  if (candidates.length === 0) return undefined;
  const parts = candidates.flatMap((candidate) => candidate.content?.parts ?? []);
  const citationSources = candidates.flatMap(sourcesOf);
  const candidate = {
    ...candidates.at(-1),
    finishReason: candidates.findLast((one) => one.finishReason)?.finishReason,
    content: { role: 'model', parts },
    citationMetadata: { citationSources },
  };
  const body = { ...responses.at(-1), candidates: [candidate] };
  const headers = { 'content-type': 'application/json; charset=UTF-8' };
  return { ...recording, response: { status: 200, headers, encoding: 'json', wire: 'json', body } };
}

/** A signature comes with the last piece of its part. */
function inPieces({ text, thoughtSignature, ...rest }: Json): Json[] {
  const signed = thoughtSignature && { thoughtSignature };
  if (text === undefined) return [{ ...rest, ...signed }];
  return [...[...text].map((character) => ({ text: character, ...rest })), { text: '', ...rest, ...signed }];
}

function responsesOf(recording: Recording): Json[] {
  const text = bodyOf(recording).toString();
  if (isStreamed(recording)) {
    return text
      .split(/\r\n|\r|\n/)
      .filter((line) => line.startsWith('data:'))
      .map((line) => JSON.parse(line.slice('data:'.length)));
  }
  return [JSON.parse(text)].flat();
}

function saidBy(responses: readonly Json[], candidates: readonly Json[]): Said {
  const parts: Json[] = candidates.flatMap((candidate) => candidate.content?.parts ?? []);
  const answerId = responses.find((response) => response.responseId)?.responseId;
  const calls = parts.filter((part) => part.functionCall);
  const word = wordOf(candidates.findLast((candidate) => candidate.finishReason)?.finishReason);
  const usage = responses.findLast((response) => response.usageMetadata)?.usageMetadata;
  const thoughts = usage?.thoughtsTokenCount ?? 0;
  const sources = candidates.flatMap((candidate) => [
    ...sourcesOf(candidate),
    ...(candidate.groundingMetadata?.groundingChunks ?? []).map((found: Json) => found.web),
  ]);
  const citations = sources.map(({ title = '', uri = '' }) => ({ title, uri, text: '' }));
  return {
    text: parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join(''),
    reasoning: reasoningOf(parts),
    toolCalls: calls.map(({ functionCall, thoughtSignature = '' }, index) => ({
      id: functionCall.id ?? `call_${answerId}_${index}`,
      name: functionCall.name,
      arguments: JSON.stringify(functionCall.args ?? {}),
      signature: base64(thoughtSignature),
    })),
    refusal: '',
    citations: [...new Map(citations.map((citation) => [JSON.stringify(citation), citation])).values()],
    finishReason: word === 'STOP' && calls.length > 0 ? FinishReason.TOOL_CALLS : finishReasonOf(word),
    providerFinishReason: word,
    usage: {
      inputTokens: (usage?.promptTokenCount ?? 0) + (usage?.toolUsePromptTokenCount ?? 0),
      cacheReadTokens: usage?.cachedContentTokenCount ?? 0,
      cacheWriteTokens: 0,
      outputTokens: (usage?.candidatesTokenCount ?? 0) + thoughts,
      reasoningTokens: thoughts,
      estimated: !usage,
    },
  };
}

/** Thoughts run together until one is signed; the signature of anything else but a call stands alone. */
function reasoningOf(parts: readonly Json[]): Said['reasoning'] {
  const pieces: Said['reasoning'] = [];
  let open: Said['reasoning'][number] | undefined;
  for (const { text = '', thought, thoughtSignature = '', functionCall } of parts) {
    if (thought) {
      if (!open) {
        open = { text: '', signature: '', redacted: false };
        pieces.push(open);
      }
      open.text += text;
      open.signature = base64(thoughtSignature);
      if (thoughtSignature) open = undefined;
    } else if (functionCall || text || thoughtSignature) {
      open = undefined;
      if (thoughtSignature && !functionCall) {
        pieces.push({ text: '', signature: base64(thoughtSignature), redacted: true });
      }
    }
  }
  return pieces;
}

function sourcesOf({ citationMetadata }: Json): Json[] {
  return citationMetadata?.citationSources ?? citationMetadata?.citations ?? [];
}

/** The contract carries the text of a signature as bytes; readings compare bytes in base64. */
function base64(signature: string): string {
  return Buffer.from(signature).toString('base64');
}

/** One recording asked for enums as numbers. */
function wordOf(word: Json): string {
  return word === 1 ? 'STOP' : word;
}

function finishReasonOf(word: string): FinishReason {
  const documented: Record<string, FinishReason> = {
    STOP: FinishReason.STOP,
    MAX_TOKENS: FinishReason.LENGTH,
    SAFETY: FinishReason.CONTENT_FILTER,
    RECITATION: FinishReason.CONTENT_FILTER,
    BLOCKLIST: FinishReason.CONTENT_FILTER,
    PROHIBITED_CONTENT: FinishReason.CONTENT_FILTER,
    SPII: FinishReason.CONTENT_FILTER,
    MODEL_ARMOR: FinishReason.CONTENT_FILTER,
  };
  return documented[word] ?? FinishReason.OTHER;
}

function reasonOf({ code, message = '', details = [] }: Json): Reason {
  if (details.some((detail: Json) => detail.reason === 'API_KEY_INVALID'))
    return ErrorReason.PROVIDER_CREDENTIALS_REJECTED;
  if (message.includes('exceeds the maximum number of tokens')) return ErrorReason.CONTEXT_LENGTH_EXCEEDED;
  if (code === 401 || code === 403) return ErrorReason.PROVIDER_CREDENTIALS_REJECTED;
  if (code === 404) return ErrorReason.MODEL_NOT_FOUND;
  if (code === 429) return ErrorReason.PROVIDER_RATE_LIMITED;
  return code === 400 ? ErrorReason.PROVIDER_REJECTED_REQUEST : ErrorReason.PROVIDER_UNAVAILABLE;
}
