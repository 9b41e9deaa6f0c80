import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { TokenizerQuestion } from './tokenizer-question.ts';

/** Counts tokens beside the event loop. */
export interface Tokenizer {
  /** Undefined where it cannot tell, or not soon enough; it never fails. */
  count(question: TokenizerQuestion): Promise<number | undefined>;
  /** Ends its thread. What is being counted is not told any more. */
  close(): Promise<void>;
}

/** Questions that may wait at a time. */
const MAX_WAITING = 256;

/** Longest text that is looked at, in UTF-16 code units: some 1.5 million tokens. */
const MAX_LENGTH = 6_000_000;

/** A long text without a space takes time by its square. The thread is given up then, and all who wait go without. */
const DEFAULT_LIMIT_MS = 5_000;

/** Creates a tokenizer. Its thread begins with the first question, and does not keep the process alive. */
export function createTokenizer({
  workerUrl = new URL(`./tokenizer-worker${extname(import.meta.url)}`, import.meta.url),
  limitMs = DEFAULT_LIMIT_MS,
}: {
  /** Where the thread's code is. Default: beside this file, as source or compiled. */
  workerUrl?: URL;
  /** How long an answer may take. Default 5 s. */
  limitMs?: number;
} = {}): Tokenizer {
  const waiting = new Map<number, (tokens: number | undefined) => void>();
  let worker: Worker | undefined;
  let questions = 0;
  let closed = false;

  return {
    async count(question) {
      if (closed || waiting.size >= MAX_WAITING || lengthOf(question) > MAX_LENGTH) return undefined;
      worker ??= start();
      return ask(worker, question);
    },
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };

  function ask(asked: Worker, question: TokenizerQuestion): Promise<number | undefined> {
    return new Promise((resolve) => {
      const id = questions++;
      const limit = setTimeout(() => asked.terminate(), limitMs).unref();
      waiting.set(id, (tokens) => {
        clearTimeout(limit);
        resolve(tokens);
      });
      asked.postMessage({ id, question });
    });
  }

  function start(): Worker {
    const started = new Worker(workerUrl, OPTIONS);

    started.on('message', ({ id, tokens }: { id: number; tokens: number | undefined }) => settle(id, tokens));
    // An error is followed by the exit.
    started.on('error', () => {});
    started.on('exit', () => {
      worker = undefined;
      for (const id of [...waiting.keys()]) settle(id, undefined);
    });
    // Last: to listen for messages holds the process.
    started.unref();
    return started;
  }

  function settle(id: number, tokens: number | undefined): void {
    waiting.get(id)?.(tokens);
    waiting.delete(id);
  }
}

/** It needs neither the environment, with the keys in it, nor the flags that the process was started with. */
const OPTIONS = { name: 'tokenizer', env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 512 } };

function lengthOf(question: TokenizerQuestion): number {
  if ('text' in question) return question.text.length;
  return question.chat.messages.reduce((sum, { content }) => sum + content.length, 0);
}
