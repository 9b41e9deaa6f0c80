import { parentPort } from 'node:worker_threads';
import type { GptEncoding } from 'gpt-tokenizer/GptEncoding';
import type { Encoding, TokenizerQuestion } from './tokenizer-question.ts';

// Counts tokens in a thread of its own: an encoding takes a tenth of a second to load, and a text may take seconds.

/** By a model of each encoding, since the rules for chats come with the model. Loaded when they are first asked for. */
const encodings: Record<Encoding, () => Promise<{ default: GptEncoding }>> = {
  o200k_base: () => import('gpt-tokenizer/model/gpt-4o'),
  cl100k_base: () => import('gpt-tokenizer/model/gpt-4-turbo'),
};

parentPort?.on('message', async ({ id, question }: { id: number; question: TokenizerQuestion }) => {
  parentPort?.postMessage({ id, tokens: await count(question).catch(() => undefined) });
});

/** Throws for a text that holds one of the encoding's special tokens, of which nobody knows what becomes of it. */
async function count(question: TokenizerQuestion): Promise<number | undefined> {
  const { default: encoding } = await encodings[question.encoding]();
  if ('text' in question) return encoding.countTokens(question.text);
  const tokens = encoding.countChatCompletionTokens?.(question.chat);
  return tokens === undefined ? undefined : tokens + question.surplus;
}
