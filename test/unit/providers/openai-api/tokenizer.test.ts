import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createTokenizer, type Tokenizer } from '../../../../src/providers/openai-api/tokenizer.ts';
import type { TokenizerQuestion } from '../../../../src/providers/openai-api/tokenizer-question.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const hello = {
  encoding: 'o200k_base' as const,
  surplus: 0,
  chat: { messages: [{ role: 'user', content: 'hello' }] },
};

describe('the tokenizer', () => {
  const begun: (Tokenizer | { close(): Promise<void> })[] = [];
  afterEach(async () => {
    for (const one of begun.splice(0)) await one.close();
  });

  it.each([
    ['a chat', hello, 8],
    ['a chat of a model that reasons', { ...hello, surplus: -1 }, 7],
    ['a chat in the older encoding', { ...hello, encoding: 'cl100k_base' as const }, 8],
    [
      'a text',
      aText("why do some languages have words that can't directly be translated to other languages?"),
      16,
    ],
    ['tools, too', { ...hello, chat: { ...hello.chat, functions: [{ name: 'foo' }] } }, 31],
  ])('counts %s', async (_what, question, tokens) => {
    expect(await aTokenizer().count(question)).toBe(tokens);
  });

  it('answers questions that are asked side by side, each with its own', async () => {
    const tokenizer = aTokenizer();
    const texts = Array.from({ length: 50 }, (_, index) => aText('word '.repeat(index)));
    const counts = await Promise.all(texts.map((question) => tokenizer.count(question)));
    expect(counts.map((tokens, index) => (tokens ?? 0) >= index)).not.toContain(false);
    expect(new Set(counts).size).toBe(50);
  });

  // Loaded here, an encoding would hold the loop for nearly as long as the first count takes.
  it('leaves the event loop free while it loads', async () => {
    const tokenizer = aTokenizer();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const start = performance.now();
    delay.enable();
    await Promise.all([tokenizer.count(hello), tokenizer.count(aText('hello'))]);
    delay.disable();
    const tookMs = performance.now() - start;
    expect(delay.max / 1e6).toBeLessThan(tookMs / 2);
  });

  it('cannot tell of a text that holds a special token', async () => {
    expect(await aTokenizer().count(aText('<|endoftext|>'))).toBeUndefined();
  });

  it('cannot tell of a text that is too long', async () => {
    expect(await aTokenizer().count(aText('a '.repeat(4_000_000)))).toBeUndefined();
  });

  it('gives up a text that takes too long, and counts the next one', async () => {
    const tokenizer = aTokenizer({ limitMs: 2_000 });
    expect(await tokenizer.count(aText('a'.repeat(1_000_000)))).toBeUndefined();
    expect(await tokenizer.count(hello)).toBe(8);
  }, 30_000);

  it('takes no more questions than it can have waiting', async () => {
    const tokenizer = aTokenizer();
    const counts = await Promise.all(Array.from({ length: 300 }, () => tokenizer.count(hello)));
    expect(counts.filter((tokens) => tokens === undefined)).toHaveLength(300 - 256);
  });

  it.each([
    ['is not there', undefined],
    ['cannot be loaded', 'import "nowhere-to-be-found";'],
    ['ends of itself', 'process.exit(0);'],
    ['fails at a question', 'parentPort.on("message", () => { throw new Error("no"); });'],
  ])('cannot tell where its thread %s', async (_how, code) => {
    const workerUrl = pathToFileURL(join(await aFolder(), 'worker.mjs'));
    const source = `import { parentPort } from 'node:worker_threads';\n${code}`;
    await (code === undefined ? undefined : writeFile(workerUrl, source));
    expect(await aTokenizer({ workerUrl }).count(hello)).toBeUndefined();
  });

  it('tells nothing once it is closed, nor what was under way', async () => {
    const tokenizer = aTokenizer();
    const asked = tokenizer.count(hello);
    await tokenizer.close();
    expect(await asked).toBeUndefined();
    expect(await tokenizer.count(hello)).toBeUndefined();
  });

  it('does not keep its process alive', async () => {
    const script = `
      const { createTokenizer } = await import(${JSON.stringify(sourceUrl('tokenizer.ts'))});
      const tokenizer = createTokenizer();
      const awake = setInterval(() => {}, 1000);
      console.log(await tokenizer.count(${JSON.stringify(hello)}));
      clearInterval(awake);`;
    expect(await run(process.execPath, ['--input-type=module', '-e', script])).toBe('8\n');
  }, 30_000);

  it('finds its thread when it is compiled', async () => {
    // Inside of the repository, so that the compiled files find their packages.
    const folder = await aFolder(join(root, 'node_modules'));
    const files = ['tokenizer.ts', 'tokenizer-worker.ts'].map((name) => join(root, SOURCES, name));
    const build = join(root, 'tsconfig.build.json');
    const config = {
      extends: build,
      compilerOptions: { outDir: folder, rootDir: join(root, 'src') },
      files,
      include: [],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    await run(join(root, 'node_modules/.bin/tsc'), ['-p', folder]);
    const compiled = pathToFileURL(join(folder, 'providers/openai-api/tokenizer.js')).href;
    const script = `
      const { createTokenizer } = await import(${JSON.stringify(compiled)});
      const tokenizer = createTokenizer();
      const awake = setInterval(() => {}, 1000);
      console.log(await tokenizer.count(${JSON.stringify(hello)}));
      clearInterval(awake);`;
    expect(await run(process.execPath, ['--input-type=module', '-e', script])).toBe('8\n');
  }, 60_000);

  function aTokenizer(options: Parameters<typeof createTokenizer>[0] = {}): Tokenizer {
    const tokenizer = createTokenizer(options);
    begun.push(tokenizer);
    return tokenizer;
  }

  async function aFolder(parent = tmpdir()): Promise<string> {
    const folder = await mkdtemp(join(parent, '.tokenizer-test-'));
    begun.push({ close: () => rm(folder, { recursive: true, force: true }) });
    return folder;
  }
});

const SOURCES = 'src/providers/openai-api';

function sourceUrl(name: string): string {
  return pathToFileURL(join(root, SOURCES, name)).href;
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, [...args], { cwd: root, timeout: 20_000 });
  return stdout;
}

function aText(text: string): TokenizerQuestion {
  return { encoding: 'cl100k_base', surplus: 0, text };
}
