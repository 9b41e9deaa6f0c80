import { FinishReason } from '../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import type { Claim, Expectation, Said } from './expectations.ts';
import { bodyOf, isStreamed, type Recording } from './recordings.ts';

// A reading of recordings of OpenAI's legacy completions API by the vendor's documentation.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

export const claims: readonly [completions: Claim] = [
  {
    title: "OpenAI's legacy completions, at whoever serves them",
    wanted: ({ api }) => api === 'completions',
    read: readCompletions,
  },
];

/** Reads a text completion, whole or streamed. */
function readCompletions(recording: Recording): Expectation {
  const { status } = recording.response;
  if (status === 401)
    return { kind: 'error', reason: ErrorReason.PROVIDER_CREDENTIALS_REJECTED, httpStatus: status };
  if (status !== 200) return { kind: 'not judged', why: `no reading of status ${status}` };
  return { kind: 'answer', said: saidBy(chunksOf(recording)) };
}

/** The same completion as a stream, a character per chunk, usage last. */
export function toCompletionsStream(recording: Recording): Recording | undefined {
  if (recording.response.status !== 200) return undefined;
  const { choices, usage, ...head } = JSON.parse(bodyOf(recording).toString());
  const { text, finish_reason } = choices[0];
  const chunks = [
    ...[...text].map((character) => ({
      ...head,
      choices: [{ index: 0, text: character, finish_reason: null }],
    })),
    { ...head, choices: [{ index: 0, text: '', finish_reason }] },
    { ...head, choices: [], usage },
  ];
  const body = `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`;
  const headers = { 'content-type': 'text/event-stream' };
  return { ...recording, response: { status: 200, headers, encoding: 'text', wire: 'sse', body } };
}

/** The same completion whole. */
export function toCompletionsWhole(recording: Recording): Recording {
  const chunks = chunksOf(recording);
  const { text, providerFinishReason } = saidBy(chunks);
  const choices = [{ index: 0, text, finish_reason: providerFinishReason, logprobs: null }];
  const body = { ...chunks[0], choices, usage: chunks.findLast(({ usage }) => usage)?.usage };
  const headers = { 'content-type': 'application/json' };
  return { ...recording, response: { status: 200, headers, encoding: 'json', wire: 'json', body } };
}

function chunksOf(recording: Recording): Json[] {
  const text = bodyOf(recording).toString();
  if (!isStreamed(recording)) return [JSON.parse(text)];
  return text
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith('data:') && !line.includes('[DONE]'))
    .map((line) => JSON.parse(line.slice('data:'.length)));
}

function saidBy(chunks: Json[]): Said {
  const choices = chunks.flatMap((chunk) => chunk.choices).filter(({ index }) => index === 0);
  const word = choices.findLast((choice) => choice.finish_reason)?.finish_reason;
  const usage = chunks.findLast((chunk) => chunk.usage)?.usage;
  const reasons: Record<string, FinishReason> = { stop: FinishReason.STOP, length: FinishReason.LENGTH };
  return {
    text: choices.map(({ text }) => text).join(''),
    reasoning: [],
    toolCalls: [],
    refusal: '',
    citations: [],
    finishReason: reasons[word] ?? FinishReason.OTHER,
    providerFinishReason: word,
    usage: {
      inputTokens: usage?.prompt_tokens ?? 0,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: usage?.completion_tokens ?? 0,
      reasoningTokens: 0,
      estimated: !usage,
    },
  };
}
