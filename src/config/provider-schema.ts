import { z } from 'zod';
import { parseBaseUrl } from './addresses.ts';
import type { ProviderKind } from './config.ts';
import { breaker, execution } from './execution-schema.ts';
import { field, mapping, oneOf, text } from './fields.ts';

const kinds = ['demo', 'openai', 'anthropic', 'google'] as const;
const laterKinds = ['azure-openai', 'bedrock', 'cohere', 'huggingface', 'openai-compatible'];

export const providerName = z.string().regex(/^\w[\w.-]*$/, 'use letters, digits, ".", "_" and "-".');

export const provider = mapping(
  {
    kind: oneOf(kinds, laterKinds),
    // It travels in a header.
    apiKey: text('expected one word of visible ASCII characters.', /^[\x21-\x7e]+$/).exactOptional(),
    baseUrl: field(parseBaseUrl).exactOptional(),
    api: oneOf(['chat'], ['responses', 'completions']).exactOptional(),
    execution: execution.exactOptional(),
    breaker: breaker.exactOptional(),
  },
  ['maxConcurrency', 'apiVersion', 'region', 'accessKeyId', 'secretAccessKey'],
).superRefine(checkKind, {
  // Faults inside the provider do not hide these.
  when: ({ value }) => typeof value === 'object' && value !== null,
});

/** What goes with which kind. Keys that were faulty by themselves are there all the same. */
function checkKind(said: { kind: ProviderKind }, context: z.core.$RefinementCtx): void {
  const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
  const { kind } = said;
  if (!kinds.includes(kind)) return;
  if (kind !== 'openai' && 'api' in said) refuse('api', 'only the kind openai has this key; remove it.');
  if (kind === 'demo') {
    if ('apiKey' in said) refuse('apiKey', 'the demo provider needs no key; remove it.');
    if ('baseUrl' in said) refuse('baseUrl', 'the demo provider calls nobody; remove it.');
  } else if (!('apiKey' in said)) {
    refuse('apiKey', `a provider of kind ${kind} needs a key, such as "\${${kind.toUpperCase()}_API_KEY}".`);
  }
}
