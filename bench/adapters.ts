import type { ProviderConfig } from '../src/config/config.ts';
import { defaultBreaker } from '../src/config/defaults.ts';

/** Every adapter that speaks to a vendor, by its name in the table. The first is what the others are compared with. */
const adapters = {
  'openai chat': (origin) => ({ kind: 'openai', baseUrl: `${origin}/v1` }),
  // The same in a second process tells the noise of the run.
  'openai chat again': (origin) => ({ kind: 'openai', baseUrl: `${origin}/v1` }),
  'openai responses': (origin) => ({ kind: 'openai', baseUrl: `${origin}/v1`, api: 'responses' }),
  'openai completions': (origin) => ({ kind: 'openai', baseUrl: `${origin}/v1`, api: 'completions' }),
  'azure-openai': (origin) => ({ kind: 'azure-openai', baseUrl: origin, apiVersion: '2024-10-21' }),
  'openai-compatible': (origin) => ({ kind: 'openai-compatible', baseUrl: `${origin}/v1` }),
  anthropic: (origin) => ({ kind: 'anthropic', baseUrl: origin }),
  google: (origin) => ({ kind: 'google', baseUrl: origin }),
  cohere: (origin) => ({ kind: 'cohere', baseUrl: origin }),
  bedrock: (origin) => ({
    kind: 'bedrock',
    baseUrl: origin,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIABENCH', secretAccessKey: 'bench', sessionToken: undefined },
  }),
  huggingface: (origin) => ({ kind: 'huggingface', baseUrl: `${origin}/v1` }),
  'huggingface text generation': (origin) => ({ kind: 'huggingface', baseUrl: origin, api: 'completions' }),
} satisfies Record<string, (origin: string) => Partial<ProviderConfig> & Pick<ProviderConfig, 'kind'>>;

export type AdapterName = keyof typeof adapters;

export const adapterNames = Object.keys(adapters) as AdapterName[];

export function isAdapter(name: string): name is AdapterName {
  return name in adapters;
}

/** Configures a provider for the fake one at `origin`. */
export function adapterConfig(name: AdapterName, origin: string): ProviderConfig {
  return {
    name,
    apiKey: 'bench',
    api: 'chat',
    prefill: undefined,
    apiVersion: undefined,
    region: undefined,
    credentials: undefined,
    execution: {},
    // The breaker stands before an adapter, and is not measured here.
    breaker: defaultBreaker,
    limits: undefined,
    concurrency: undefined,
    ...adapters[name](origin),
  };
}
