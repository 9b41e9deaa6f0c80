import type { Reason } from '../../src/completion/error.ts';
import { FinishReason } from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import type { Claim, Expectation, Said } from './expectations.ts';
import { bodyOf, isStreamed, type Recording } from './recordings.ts';

// A reading of recordings of Anthropic's Messages API by the vendor's documentation and by what was seen on the wire.
// A stream is first put together into the message that it amounts to, and then read as one.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

/** Everything of Anthropic's but the text completions that came before messages, which nobody can ask for here. */
export const claims: readonly Claim[] = [
  {
    title: 'Anthropic messages, token counts and models',
    wanted: ({ provider, api }) => provider === 'anthropic' && api !== 'complete',
    read: readAnthropic,
  },
];

/** Reads a message, whole or streamed, a token count or a list of models. */
function readAnthropic(recording: Recording): Expectation {
  const { api, response } = recording;
  if (isStreamed(recording)) return { kind: 'answer', said: saidBy(messageOf(eventsOf(recording))) };
  const body = JSON.parse(bodyOf(recording).toString());
  if (response.status !== 200) {
    return { kind: 'error', reason: reasonOf(response.status, body.error), httpStatus: response.status };
  }
  if (api === 'count_tokens') return { kind: 'token count', tokens: body.input_tokens };
  if (api === 'models' && !body.data)
    return { kind: 'not judged', why: 'it describes one model, which nobody can ask for' };
  if (api === 'models') return { kind: 'model list', models: body.data.map((model: Json) => model.id) };
  return { kind: 'answer', said: saidBy(body) };
}

/** The same message as a stream: a character of text per event, arguments in pieces of three characters. */
export function toAnthropicStream(recording: Recording): Recording | undefined {
  if (recording.response.status !== 200) return undefined;
  const { content, usage, stop_reason, stop_sequence, stop_details, ...head } = JSON.parse(
    bodyOf(recording).toString(),
  );
  const { output_tokens, output_tokens_details, ...input } = usage;
  const events: Json[] = [
    { type: 'message_start', message: { ...head, content: [], usage: { ...input, output_tokens: 1 } } },
    ...content.flatMap((block: Json, index: number) => [
      { type: 'content_block_start', index, content_block: opened(block) },
      { type: 'ping' },
      ...deltasOf(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    {
      type: 'message_delta',
      delta: { stop_reason, stop_sequence, stop_details },
      usage: { output_tokens, output_tokens_details, input_tokens: null },
    },
    { type: 'message_stop' },
  ];
  const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  return {
    ...recording,
    response: {
      status: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8' },
      encoding: 'text',
      wire: 'sse',
      body,
    },
  };
}

/** The same message whole, unless the stream tells of tools: their arguments are text there, white space and all. */
export function toAnthropicWhole(recording: Recording): Recording | undefined {
  const body = messageOf(eventsOf(recording));
  if (body.content.some((block: Json) => block.type === 'tool_use')) return undefined;
  const headers = { 'content-type': 'application/json' };
  return { ...recording, response: { status: 200, headers, encoding: 'json', wire: 'json', body } };
}

function opened(block: Json): Json {
  switch (block.type) {
    case 'text':
      return { ...block, text: '', citations: [] };
    case 'thinking':
      return { ...block, thinking: '', signature: '' };
    case 'tool_use':
      return { ...block, input: {} };
    default:
      return block;
  }
}

function deltasOf(block: Json): Json[] {
  switch (block.type) {
    case 'text':
      return [
        ...(block.citations ?? []).map((citation: Json) => ({ type: 'citations_delta', citation })),
        ...[...block.text].map((text) => ({ type: 'text_delta', text })),
      ];
    case 'thinking':
      return [
        ...[...block.thinking].map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block.signature },
      ];
    case 'tool_use':
      return ['', ...(JSON.stringify(block.input).match(/.{1,3}/gs) ?? [])].map((partial_json) => ({
        type: 'input_json_delta',
        partial_json,
      }));
    default:
      return [];
  }
}

function eventsOf(recording: Recording): Json[] {
  return bodyOf(recording)
    .toString()
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => JSON.parse(line.slice('data:'.length)));
}

function messageOf(events: Json[]): Json {
  let message: Json;
  const blocks: Json[] = [];
  for (const event of events) {
    const { delta } = event;
    const block = blocks[event.index];
    if (event.type === 'message_start') message = event.message;
    if (event.type === 'content_block_start') blocks[event.index] = { ...event.content_block };
    if (event.type === 'message_delta') {
      const usage = Object.entries(event.usage).filter(([, value]) => value !== null);
      message = { ...message, ...delta, usage: { ...message.usage, ...Object.fromEntries(usage) } };
    }
    if (delta?.type === 'text_delta') block.text += delta.text;
    if (delta?.type === 'thinking_delta') block.thinking += delta.thinking;
    if (delta?.type === 'signature_delta') block.signature = delta.signature;
    if (delta?.type === 'citations_delta') block.citations = [...(block.citations ?? []), delta.citation];
    if (delta?.type === 'input_json_delta') block.inputText = (block.inputText ?? '') + delta.partial_json;
  }
  return { ...message, content: blocks };
}

function saidBy({ content, usage, stop_reason, stop_details }: Json): Said {
  const texts = content.filter((block: Json) => block.type === 'text');
  return {
    text: texts.map((block: Json) => block.text).join(''),
    reasoning: content.flatMap((block: Json) => reasoningIn(block)),
    toolCalls: content
      .filter((block: Json) => block.type === 'tool_use')
      .map((block: Json) => ({
        id: block.id,
        name: block.name,
        arguments: block.inputText || JSON.stringify(block.input),
        signature: '',
      })),
    refusal: stop_details?.explanation ?? '',
    citations: texts
      .flatMap((block: Json) => block.citations ?? [])
      .map((citation: Json) => ({
        title: citation.document_title ?? citation.title ?? '',
        uri: citation.url ?? citation.source ?? '',
        text: citation.cited_text,
      })),
    finishReason: FINISH_REASONS[stop_reason] ?? FinishReason.OTHER,
    providerFinishReason: stop_reason,
    usage: {
      inputTokens:
        usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
      cacheReadTokens: usage.cache_read_input_tokens ?? 0,
      cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
      outputTokens: usage.output_tokens,
      reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
      estimated: false,
    },
  };
}

function reasoningIn(block: Json): Said['reasoning'] {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  if (block.type === 'redacted_thinking')
    return [{ text: '', signature: base64(block.data), redacted: true }];
  if (block.type !== 'thinking') return [];
  return [{ text: block.thinking, signature: base64(block.signature), redacted: false }];
}

const FINISH_REASONS: Record<string, FinishReason> = {
  end_turn: FinishReason.STOP,
  stop_sequence: FinishReason.STOP_SEQUENCE,
  max_tokens: FinishReason.LENGTH,
  tool_use: FinishReason.TOOL_CALLS,
  refusal: FinishReason.REFUSAL,
};

function reasonOf(status: number, { message }: Json): Reason {
  if (message.startsWith('prompt is too long')) return ErrorReason.CONTEXT_LENGTH_EXCEEDED;
  const documented: Record<number, Reason> = {
    400: ErrorReason.PROVIDER_REJECTED_REQUEST,
    401: ErrorReason.PROVIDER_CREDENTIALS_REJECTED,
    403: ErrorReason.PROVIDER_CREDENTIALS_REJECTED,
    404: ErrorReason.MODEL_NOT_FOUND,
    429: ErrorReason.PROVIDER_RATE_LIMITED,
  };
  return documented[status] ?? ErrorReason.PROVIDER_UNAVAILABLE;
}
