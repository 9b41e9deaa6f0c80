import type { Reason } from '../../src/completion/error.ts';
import { FinishReason } from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import { frame } from './event-stream-frames.ts';
import type { Claim, Expectation, Said } from './expectations.ts';
import { bodyOf, isStreamed, type Recording } from './recordings.ts';

// A reading of recordings of Amazon Bedrock by the vendor's documentation and by what was seen on the wire. A stream is
// first put together into the answer that it amounts to, and then read as one.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

export const claims: Claim[] = [
  {
    title: 'Amazon Bedrock',
    // OpenAI's own API, which Bedrock serves as well, has its own reading.
    wanted: ({ provider, api }) => provider === 'bedrock' && api !== 'openai-responses',
    read: readBedrock,
  },
];

/** Reads an answer of Converse, whole or streamed, vectors, a token count or an error. */
export function readBedrock(recording: Recording): Expectation {
  const { api, response } = recording;
  if (response.status !== 200) {
    const { message } = JSON.parse(bodyOf(recording).toString());
    const reason = reasonOf(response.status, message);
    return { kind: 'error', reason, httpStatus: response.status, asked: ASKED[api] ?? 'answer' };
  }
  switch (api) {
    case 'converse':
      return {
        kind: 'answer',
        said: saidBy(isStreamed(recording) ? answerOf(recording) : jsonOf(recording)),
      };
    case 'embeddings':
      return embeddings(jsonOf(recording));
    case 'count_tokens':
      return { kind: 'token count', tokens: jsonOf(recording).inputTokens };
    case 'models':
      return {
        kind: 'model list',
        // The others answer by the name of a profile only.
        models: jsonOf(recording)
          .modelSummaries.filter(({ inferenceTypesSupported: ways }: Json) => ways.includes('ON_DEMAND'))
          .map(({ modelId }: Json) => modelId),
      };
    default:
      return {
        kind: 'not judged',
        why: "a completion by InvokeModel, in the model's own format; the adapter asks Converse, which has one for all",
      };
  }
}

/** The same answer as a stream: a character of text per frame, arguments in pieces of three characters. */
export function toBedrockStream(recording: Recording): Recording | undefined {
  if (recording.api !== 'converse' || recording.response.status !== 200) return undefined;
  const { output, stopReason, ...metadata } = jsonOf(recording);
  const events: [string, Json][] = [
    ['messageStart', { role: 'assistant' }],
    ...output.message.content.flatMap((block: Json, contentBlockIndex: number): [string, Json][] => [
      ...startOf(block).map((start): [string, Json] => ['contentBlockStart', { start, contentBlockIndex }]),
      ...deltasOf(block).map((delta): [string, Json] => ['contentBlockDelta', { delta, contentBlockIndex }]),
      ['contentBlockStop', { contentBlockIndex }],
    ]),
    ['messageStop', { stopReason }],
    ['metadata', metadata],
  ];
  const body = Buffer.concat(
    events.map(([type, payload]) => frame(type, JSON.stringify({ ...payload, p: 'abc' }))),
  );
  return {
    ...recording,
    response: {
      status: 200,
      headers: { 'content-type': 'application/vnd.amazon.eventstream' },
      encoding: 'base64',
      wire: 'aws-eventstream',
      body: body.toString('base64'),
    },
  };
}

/** The same answer whole, unless the stream tells of tools: their arguments are text there, white space and all. */
export function toBedrockWhole(recording: Recording): Recording | undefined {
  if (recording.api !== 'converse') return undefined;
  const body = answerOf(recording);
  if (body.output.message.content.some((block: Json) => block.toolUse)) return undefined;
  const headers = { 'content-type': 'application/json' };
  return { ...recording, response: { status: 200, headers, encoding: 'json', wire: 'json', body } };
}

const ASKED: Record<string, 'embeddings' | 'token count' | 'model list'> = {
  embeddings: 'embeddings',
  count_tokens: 'token count',
  models: 'model list',
};

function jsonOf(recording: Recording): Json {
  return JSON.parse(bodyOf(recording).toString());
}

function startOf(block: Json): Json[] {
  if (!block.toolUse) return [];
  const { input: _, ...start } = block.toolUse;
  return [{ toolUse: start }];
}

function deltasOf(block: Json): Json[] {
  if (block.text !== undefined) return ['', ...block.text].map((text) => ({ text }));
  if (block.toolUse) {
    const json = JSON.stringify(block.toolUse.input);
    return ['', ...(json.match(/.{1,3}/gs) ?? [])].map((input) => ({ toolUse: { input } }));
  }
  if (block.reasoningContent?.reasoningText) {
    const { text, signature } = block.reasoningContent.reasoningText;
    const pieces: Json[] = [...text].map((piece) => ({ reasoningContent: { text: piece } }));
    return signature ? [...pieces, { reasoningContent: { signature } }] : pieces;
  }
  if (block.reasoningContent) return [{ reasoningContent: block.reasoningContent }];
  const { content, citations } = block.citationsContent ?? { content: [], citations: [] };
  return [
    ...citations.map((citation: Json) => ({ citation })),
    ...content.flatMap(({ text }: Json) => [...text].map((piece) => ({ text: piece }))),
  ];
}

/** Frames as the AWS event stream specification has them: prelude of 12 bytes, headers, payload, checksum of 4. */
function framesOf(recording: Recording): { type: string; payload: Json }[] {
  const bytes = bodyOf(recording);
  const frames: { type: string; payload: Json }[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const payloadAt = at + 12 + bytes.readUInt32BE(at + 4);
    const payload = bytes.toString('utf8', payloadAt, at + bytes.readUInt32BE(at) - 4);
    // Behind the name: the type of the value, its length in two bytes, the value.
    const valueAt = bytes.indexOf(':event-type', at) + ':event-type'.length + 3;
    const type = bytes.toString('utf8', valueAt, valueAt + bytes.readUInt16BE(valueAt - 2));
    frames.push({ type, payload: JSON.parse(payload) });
  }
  return frames;
}

function answerOf(recording: Recording): Json {
  const content: Json[] = [];
  let answer: Json = {};
  for (const { type, payload } of framesOf(recording)) {
    const index = payload.contentBlockIndex;
    if (type === 'contentBlockStart') content[index] = payload.start;
    if (type === 'contentBlockDelta') content[index] = continued(content[index] ?? {}, payload.delta);
    if (type === 'messageStop') answer.stopReason = payload.stopReason;
    if (type === 'metadata') answer = { ...answer, ...payload };
  }
  return { ...answer, output: { message: { role: 'assistant', content } } };
}

function continued(block: Json, { text, toolUse, toolResult, reasoningContent, citation }: Json): Json {
  if (toolResult) return block;
  if (toolUse) {
    const inputText = (block.toolUse.inputText ?? '') + toolUse.input;
    return { toolUse: { ...block.toolUse, inputText } };
  }
  if (citation) {
    const { content = [], citations = [] } = block.citationsContent ?? {};
    return { citationsContent: { content, citations: [...citations, citation] } };
  }
  if (reasoningContent?.redactedContent) return { reasoningContent };
  if (reasoningContent) {
    const said = block.reasoningContent?.reasoningText ?? { text: '' };
    const reasoningText = { ...said, ...reasoningContent, text: said.text + (reasoningContent.text ?? '') };
    return { reasoningContent: { reasoningText } };
  }
  return { ...block, text: (block.text ?? '') + text };
}

function saidBy({ output, stopReason, usage }: Json): Said {
  const blocks = output.message.content;
  const toolCalls = blocks
    .flatMap(({ toolUse }: Json) => (toolUse && toolUse.type !== 'server_tool_use' ? [toolUse] : []))
    .map(({ toolUseId, name, input, inputText }: Json) => ({
      id: toolUseId,
      name,
      arguments: inputText || JSON.stringify(input ?? {}),
      signature: '',
    }));
  const cited = blocks.flatMap(({ citationsContent }: Json) => citationsContent ?? []);
  const texts = blocks.flatMap(({ text, citationsContent }: Json) => [
    text ?? '',
    ...(citationsContent?.content ?? []).map((block: Json) => block.text),
  ]);
  return {
    text: texts.join(''),
    reasoning: blocks.flatMap(({ reasoningContent }: Json) =>
      reasoningContent ? [readReasoning(reasoningContent)] : [],
    ),
    toolCalls,
    refusal: '',
    citations: cited.flatMap(({ citations }: Json) =>
      citations.map(({ title, source, sourceContent, location }: Json) => ({
        title: title ?? '',
        uri: location?.web?.url ?? source ?? '',
        text: sourceContent.map((block: Json) => block.text).join(''),
      })),
    ),
    finishReason:
      toolCalls.length > 0 ? FinishReason.TOOL_CALLS : (FINISH_REASONS[stopReason] ?? FinishReason.OTHER),
    providerFinishReason: stopReason,
    usage: {
      inputTokens: usage.inputTokens + (usage.cacheReadInputTokens ?? 0) + (usage.cacheWriteInputTokens ?? 0),
      cacheReadTokens: usage.cacheReadInputTokens ?? 0,
      cacheWriteTokens: usage.cacheWriteInputTokens ?? 0,
      outputTokens: usage.outputTokens,
      reasoningTokens: 0,
      estimated: false,
    },
  };
}

function readReasoning({ reasoningText, redactedContent }: Json): Said['reasoning'][number] {
  if (redactedContent) return { text: '', signature: redactedContent, redacted: true };
  const { text, signature = '' } = reasoningText;
  return { text, signature: Buffer.from(signature).toString('base64'), redacted: false };
}

function embeddings({ embedding, embeddings: many, inputTextTokenCount }: Json): Expectation {
  const vectors = embedding ? [embedding] : (many.float ?? many);
  return {
    kind: 'embeddings',
    embedded: {
      vectors,
      usage: {
        inputTokens: inputTextTokenCount,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: 0,
        reasoningTokens: 0,
        estimated: false,
      },
    },
  };
}

const FINISH_REASONS: Record<string, FinishReason> = {
  end_turn: FinishReason.STOP,
  stop_sequence: FinishReason.STOP_SEQUENCE,
  max_tokens: FinishReason.LENGTH,
  model_context_window_exceeded: FinishReason.LENGTH,
  guardrail_intervened: FinishReason.CONTENT_FILTER,
  content_filtered: FinishReason.CONTENT_FILTER,
};

function reasonOf(status: number, message: string): Reason {
  if (message.includes('model identifier is invalid')) return ErrorReason.MODEL_NOT_FOUND;
  if (message.includes('Input Tokens Exceeded')) return ErrorReason.CONTEXT_LENGTH_EXCEEDED;
  const documented: Record<number, Reason> = {
    400: ErrorReason.PROVIDER_REJECTED_REQUEST,
    403: ErrorReason.PROVIDER_CREDENTIALS_REJECTED,
    404: ErrorReason.MODEL_NOT_FOUND,
    429: ErrorReason.PROVIDER_RATE_LIMITED,
  };
  return documented[status] ?? ErrorReason.PROVIDER_UNAVAILABLE;
}
