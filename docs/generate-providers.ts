import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelCapabilities, Provider } from '../src/completion/ports/provider.ts';
import type { ProviderConfig } from '../src/config/config.ts';
import { defaultBreaker, defaultExecution } from '../src/config/defaults.ts';
import { createProvider } from '../src/providers/registry.ts';

// Writes the table of docs/providers.md, from what the adapters declare themselves: `npm run docs`.

/** A model of each kind, and of each API where they differ. */
const samples: readonly { model: string; said: Partial<ProviderConfig> & Pick<ProviderConfig, 'kind'> }[] = [
  { model: 'demo', said: { kind: 'demo' } },
  { model: 'gpt-4.1', said: { kind: 'openai', api: 'chat' } },
  { model: 'gpt-5', said: { kind: 'openai', api: 'chat' } },
  { model: 'gpt-5', said: { kind: 'openai', api: 'responses' } },
  { model: 'gpt-3.5-turbo-instruct', said: { kind: 'openai', api: 'completions' } },
  { model: 'gpt-4.1', said: { kind: 'azure-openai', baseUrl: 'https://my.openai.azure.com' } },
  { model: 'claude-sonnet-4-5', said: { kind: 'anthropic' } },
  { model: 'gemini-2.5-flash', said: { kind: 'google' } },
  { model: 'command-a-03-2025', said: { kind: 'cohere' } },
  { model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', said: { kind: 'bedrock', region: 'us-east-1' } },
  { model: 'meta-llama/Llama-3.3-70B-Instruct', said: { kind: 'huggingface' } },
  { model: 'llama3.3', said: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434/v1' } },
];

/** What the rows tell, in their order. */
const features: readonly [
  name: string,
  cell: (can: ModelCapabilities, provider: Provider) => boolean | string,
][] = [
  ['tools', (can) => can.tools],
  ['several tools at once', (can) => can.parallelTools],
  ['JSON object', (can) => can.jsonObject],
  ['JSON by a schema', (can) => can.jsonSchema],
  ['images', (can) => can.imageInput],
  ['documents', (can) => can.documentInput],
  ['audio', (can) => can.audioInput],
  ['reasoning', (can) => can.reasoning],
  ['continues a given beginning', (can) => can.prefill],
  ['`temperature`', (can) => can.maxTemperature > 0 && `to ${can.maxTemperature}`],
  ['`top_p`', (can) => can.topP],
  ['`top_k`', (can) => can.topK],
  ['`seed`', (can) => can.seed],
  ['`stop`', (can) => can.maxStopTexts > 0 && atMost(can.maxStopTexts)],
  ['`presence_penalty`', (can) => can.presencePenalty],
  ['`frequency_penalty`', (can) => can.frequencyPenalty],
  ['Embed', (_, { embed }) => embed !== undefined],
  ['CountTokens, exactly', (_, { countTokens }) => countTokens !== undefined],
];

/** Features by provider, as Markdown. */
export async function providerTable(): Promise<string> {
  const columns = await Promise.all(
    samples.map(async ({ model, said }) => {
      const provider = await openProvider(said);
      const cells = features.map(([, cell]) => cell(provider.capabilities(model), provider));
      await provider.close();
      const api = said.api ? `, \`${said.api}\`` : '';
      return [`\`${said.kind}\`${api}`, `\`${model}\``, ...cells.map(write)];
    }),
  );
  const names = ['', 'such as', ...features.map(([name]) => name)];
  const rows = names.map((name, row) => [name, ...columns.map((column) => column[row] ?? '')]);
  const [head = [], ...body] = rows;
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The page with this table between its marks. */
export function withTable(text: string, table: string): string {
  const [before, after] = [text.indexOf(beginning), text.indexOf(end)];
  if (before < 0 || after < before)
    throw new Error(`docs/providers.md has lost its marks: ${beginning} … ${end}`);
  return `${text.slice(0, before)}${beginning}\n${table}\n${text.slice(after)}`;
}

const beginning = '<!-- features: written by `npm run docs` -->';
const end = '<!-- /features -->';

function atMost(texts: number): string {
  return texts === Number.MAX_SAFE_INTEGER ? 'any number' : String(texts);
}

function write(cell: boolean | string): string {
  return typeof cell === 'string' ? cell : cell ? '✓' : '';
}

function openProvider(said: (typeof samples)[number]['said']): Promise<Provider> {
  const config: ProviderConfig = {
    name: said.kind,
    apiKey: 'no-key',
    baseUrl: undefined,
    api: 'chat',
    prefill: undefined,
    apiVersion: undefined,
    region: undefined,
    credentials: undefined,
    execution: {},
    breaker: defaultBreaker,
    limits: undefined,
    concurrency: undefined,
    ...said,
  };
  return createProvider({ config, connectTimeoutMs: defaultExecution.connectTimeoutMs, now: Date.now });
}

if (import.meta.main) {
  const page = join(import.meta.dirname, 'providers.md');
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), await providerTable()));
}
