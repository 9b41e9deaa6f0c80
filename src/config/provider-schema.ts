import { z } from 'zod';
import { parseBaseUrl } from './addresses.ts';
import type { ProviderKind } from './config.ts';
import { breaker, concurrency, execution } from './execution-schema.ts';
import { field, mapping, oneOf, text, yesOrNo } from './fields.ts';
import { providerLimits } from './limits-schema.ts';

const keys = [
  'apiKey',
  'baseUrl',
  'api',
  'prefill',
  'apiVersion',
  'region',
  'accessKeyId',
  'secretAccessKey',
  'sessionToken',
] as const;
type Key = (typeof keys)[number];

/** The keys of each kind beside those that every kind has: what it must say, with an example, and what it may. */
const keysOf: Record<ProviderKind, { must: Partial<Record<Key, string>>; may: readonly Key[] }> = {
  demo: { must: {}, may: [] },
  openai: { must: { apiKey: variable('OPENAI_API_KEY') }, may: ['baseUrl', 'api'] },
  anthropic: { must: { apiKey: variable('ANTHROPIC_API_KEY') }, may: ['baseUrl'] },
  google: { must: { apiKey: variable('GOOGLE_API_KEY') }, may: ['baseUrl'] },
  // Without a key, Entra tokens are asked for.
  'azure-openai': {
    must: { baseUrl: '"https://my.openai.azure.com"' },
    may: ['apiKey', 'api', 'apiVersion'],
  },
  cohere: { must: { apiKey: variable('COHERE_API_KEY') }, may: ['baseUrl'] },
  bedrock: {
    must: { region: '"us-east-1"' },
    may: ['baseUrl', 'accessKeyId', 'secretAccessKey', 'sessionToken'],
  },
  huggingface: { must: {}, may: ['apiKey', 'baseUrl', 'api'] },
  'openai-compatible': {
    must: { baseUrl: '"http://127.0.0.1:11434/v1"' },
    may: ['apiKey', 'api', 'prefill'],
  },
};

/** How a value from the environment is written. */
function variable(name: string): string {
  return `"\${${name}}"`;
}

export const providerKinds = Object.keys(keysOf) as ProviderKind[];

export const providerName = z.string().regex(/^\w[\w.-]*$/, 'use letters, digits, ".", "_" and "-".');

/** Keys travel in headers, or are signed with. */
const secretWord = text('expected one word of visible ASCII characters.', /^[\x21-\x7e]+$/);

export const provider = mapping({
  kind: oneOf(providerKinds),
  apiKey: secretWord.exactOptional(),
  baseUrl: field(parseBaseUrl).exactOptional(),
  api: oneOf(['chat', 'responses', 'completions']).exactOptional(),
  prefill: yesOrNo().exactOptional(),
  apiVersion: text('expected a date, such as "2024-10-21".', /^\d{4}-\d\d-\d\d(-preview)?$/).exactOptional(),
  region: text('expected a region of AWS, such as "us-east-1".', /^[a-z]+(-[a-z]+)+-\d+$/).exactOptional(),
  accessKeyId: secretWord.exactOptional(),
  secretAccessKey: secretWord.exactOptional(),
  sessionToken: secretWord.exactOptional(),
  execution: execution.exactOptional(),
  breaker: breaker.exactOptional(),
  limits: providerLimits.exactOptional(),
  ...concurrency,
}).superRefine(checkKind, {
  // Faults inside the provider do not hide these.
  when: ({ value }) => typeof value === 'object' && value !== null,
});

/** What goes with which kind. Keys that were faulty by themselves are there all the same. */
function checkKind(said: { kind: ProviderKind }, context: z.core.$RefinementCtx): void {
  const refuse: Refuse = (key, message) => context.addIssue({ code: 'custom', path: [key], message });
  checkLine(said, refuse);
  const { kind } = said;
  if (!providerKinds.includes(kind)) return;
  const { must, may } = keysOf[kind];
  for (const key of keys) {
    const example = must[key];
    if (example !== undefined && !(key in said))
      refuse(key, `a provider of kind ${kind} needs this key, such as ${example}.`);
    if (example === undefined && key in said && !may.includes(key))
      refuse(key, `a provider of kind ${kind} has no such key; remove it.`);
  }
  checkTogether(said, refuse);
}

type Refuse = (key: Key | keyof typeof concurrency, message: string) => void;

/** Without a limit nobody waits. */
function checkLine(said: object, refuse: Refuse): void {
  if ('maxConcurrency' in said || ('limits' in said && !isEmpty(said.limits))) return;
  for (const key of ['maxQueueLength', 'queueTimeout'] as const)
    if (key in said)
      refuse(key, 'it goes with maxConcurrency or limits; give one of them too, or remove it.');
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** What goes with what inside one kind. */
function checkTogether(said: { kind: ProviderKind }, refuse: Refuse): void {
  if (said.kind === 'huggingface' && !('apiKey' in said || 'baseUrl' in said)) {
    const needs = `a provider of kind huggingface needs this key, such as ${variable('HF_TOKEN')}`;
    refuse('apiKey', `${needs}, unless baseUrl names a server of one's own.`);
  }
  if ('prefill' in said && 'api' in said && said.api !== 'chat')
    refuse('prefill', 'it is about chat completions, which `api` is not; remove it.');
  if (said.kind === 'bedrock') checkCredentials(said, refuse);
  if (said.kind === 'azure-openai' && 'apiVersion' in said && 'api' in said && said.api === 'responses')
    refuse('apiVersion', 'Azure serves responses without a version, under /openai/v1; remove it.');
}

function checkCredentials(said: object, refuse: Refuse): void {
  const together =
    'accessKeyId and secretAccessKey go together; give both, or neither for the usual AWS credentials.';
  if ('accessKeyId' in said && !('secretAccessKey' in said)) refuse('secretAccessKey', together);
  if ('secretAccessKey' in said && !('accessKeyId' in said)) refuse('accessKeyId', together);
  if ('sessionToken' in said && !('accessKeyId' in said || 'secretAccessKey' in said))
    refuse('sessionToken', 'it goes with accessKeyId and secretAccessKey; give them too, or remove it.');
}
