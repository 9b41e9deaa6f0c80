import type { CompleteRequest } from '../gen/sluice/v1/completion_service.ts';
import type { Media, Message, Part } from '../gen/sluice/v1/message.ts';
import type { CompletionEvents } from './ports/events.ts';

/**
 * Estimates the input tokens of a request, for want of the model's own tokenizer. Text is a token for every four
 * bytes of UTF-8, begun: vendors name four characters of English (https://help.openai.com, "What are tokens and how to
 * count them"), and bytes bring scripts that take more tokens for a character nearer to the truth. Every message, and
 * the answer to come, is framed by three tokens (OpenAI's cookbook, "How to count tokens with tiktoken").
 */
export function estimateInputTokens(request: CompleteRequest): number {
  const { messages, prompt, tools, responseFormat } = request;
  const format = responseFormat?.format;
  return sum([
    framing,
    ...messages.map(messageTokens),
    prompt === '' ? 0 : framing + estimateTextTokens(prompt),
    ...tools.map(
      ({ name, description, parameters }) => framing + estimateTextTokens(name + description + parameters),
    ),
    format?.$case === 'jsonSchema' ? estimateTextTokens(format.value.schema) : 0,
  ]);
}

/** Tokens of texts that are sent as they are, to be embedded: as text in {@link estimateInputTokens}. */
export function estimateTokensOfTexts(texts: readonly string[]): number {
  return sum(texts.map(estimateTextTokens));
}

/** Guesses the output tokens of a request: what it allows, or 500, as nobody can know. */
export function estimateOutputTokens({ maxOutputTokens }: CompleteRequest): number {
  return maxOutputTokens ?? 500;
}

/**
 * The most input tokens that a request can be to any model. Tokenizers in use encode at least a byte of UTF-8 with each
 * token; templates of vendors, and what they count for media, are bounded generously.
 */
export function mostInputTokens(request: CompleteRequest): number {
  const { messages, prompt, tools, responseFormat, providerOptions } = request;
  let most = mostFraming;
  for (const { parts, name } of messages) {
    most += mostFraming + bytesOf(name);
    for (const part of parts) most += mostPartTokens(part);
  }
  if (prompt !== '') most += mostFraming + bytesOf(prompt);
  if (tools.length > 0) most += mostToolFraming;
  for (const { name, description, parameters } of tools) {
    most += mostFraming + bytesOf(name) + bytesOf(description) + bytesOf(parameters);
  }
  const format = responseFormat?.format;
  if (format?.$case === 'jsonSchema') most += mostFraming + bytesOf(format.value.schema);
  for (const options of Object.values(providerOptions)) most += bytesOf(options);
  return most;
}

/** The same of texts that are sent as they are. */
export function mostTokensOfTexts(texts: readonly string[]): number {
  return sum(texts.map((text) => mostFraming + bytesOf(text)));
}

function mostPartTokens({ part }: Part): number {
  switch (part?.$case) {
    case undefined:
      return 0;
    case 'text':
    case 'refusal':
      return bytesOf(part.value);
    case 'reasoning':
      return bytesOf(part.value.text) + part.value.signature.length;
    case 'toolCall':
      return mostFraming + bytesOf(part.value.name) + bytesOf(part.value.arguments);
    case 'toolResult':
      return mostFraming + bytesOf(part.value.content);
    case 'citation':
      return bytesOf(part.value.title) + bytesOf(part.value.uri) + bytesOf(part.value.text);
    case 'image':
      return mostImageTokens;
    case 'document':
    case 'audio':
      return mostMediaTokens(part.value);
  }
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

/** Vendors wrap a message in three to ten. */
const mostFraming = 16;

/** Anthropic adds up to some 700 tokens of instructions where there are tools. */
const mostToolFraming = 1_000;

/** Anthropic's largest in 2026: 4,784 tokens. */
const mostImageTokens = 5_000;

/** A byte is never more than a token; of what is only named by an address, a long document's worth is assumed. */
function mostMediaTokens(media: Media): number {
  return media.source?.$case === 'data' ? media.source.value.length : 200_000;
}

/** Estimates what a model has said, as it says it. */
export interface SpokenTokens {
  add(events: CompletionEvents): void;
  tokens(): number;
}

/** Begins with nothing said. Tokens are estimated as in {@link estimateInputTokens}. */
export function countSpokenTokens(): SpokenTokens {
  let bytes = 0;
  let tokens = 0;
  return {
    add(events) {
      for (const event of events) {
        switch (event.$case) {
          case 'textDelta':
          case 'reasoningDelta':
            bytes += Buffer.byteLength(event.value.text);
            break;
          case 'toolCallStarted':
            tokens += framing;
            bytes += Buffer.byteLength(event.value.name);
            break;
          case 'toolCallDelta':
            bytes += Buffer.byteLength(event.value.arguments);
            break;
          case 'part':
            tokens += partTokens(event.value);
        }
      }
    },
    tokens: () => tokens + Math.ceil(bytes / bytesPerToken),
  };
}

const framing = 3;

function messageTokens({ parts, name }: Message): number {
  return framing + estimateTextTokens(name) + sum(parts.map(partTokens));
}

function partTokens({ part }: Part): number {
  switch (part?.$case) {
    case undefined:
      return 0;
    case 'text':
    case 'refusal':
      return estimateTextTokens(part.value);
    case 'reasoning':
      return estimateTextTokens(part.value.text);
    case 'toolCall':
      return framing + estimateTextTokens(part.value.name + part.value.arguments);
    case 'toolResult':
      return framing + estimateTextTokens(part.value.content);
    case 'citation':
      return estimateTextTokens(part.value.title + part.value.uri + part.value.text);
    case 'image':
      return imageTokens;
    case 'document':
      return documentTokens(part.value);
    case 'audio':
      return Math.ceil(sizeOf(part.value) / bytesPerAudioToken);
  }
}

/** Estimates the tokens of a text. */
export function estimateTextTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}

const bytesPerToken = 4;

/** What OpenAI counts for a square of 1024 pixels in high detail; the size is not worth decoding for an estimate. */
const imageTokens = 765;

/** Text is its own size; of other documents a page, of which vendors count some 1,500 tokens, is guessed at 50 kB. */
function documentTokens(document: Media): number {
  const size = sizeOf(document);
  if (document.mediaType.startsWith('text/')) return Math.ceil(size / bytesPerToken);
  return 1_500 * Math.max(1, Math.ceil(size / 50_000));
}

/** A second is 32 tokens to Gemini, and 16 kB as MP3 of a usual quality. */
const bytesPerAudioToken = 500;

/** Unknown, and none, where only an address is given. */
function sizeOf({ source }: Media): number {
  return source?.$case === 'data' ? source.value.length : 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
