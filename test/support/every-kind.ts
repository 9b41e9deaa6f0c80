import type { ProviderKind } from '../../src/config/config.ts';

/** What the configuration says of a provider; its secrets all hold the one given. */
export interface ProviderCase {
  /** Its name in the configuration. */
  name: string;
  kind: ProviderKind;
  configure(url: string, secret: string): Record<string, unknown>;
  /** A model of its own that only makes vectors. */
  embeddingModel: string;
}

/** Every kind of provider that asks somebody, in every form in which it does so in other words. */
export const providerCases: readonly ProviderCase[] = [
  ...(['chat', 'responses', 'completions'] as const).map(
    (api): ProviderCase => ({
      name: `openai-${api}`,
      kind: 'openai',
      configure: (url, apiKey) => ({ kind: 'openai', apiKey, baseUrl: `${url}/v1`, api }),
      embeddingModel: 'text-embedding-3-small',
    }),
  ),
  {
    name: 'anthropic',
    kind: 'anthropic',
    configure: (baseUrl, apiKey) => ({ kind: 'anthropic', apiKey, baseUrl }),
    embeddingModel: 'none',
  },
  {
    name: 'google',
    kind: 'google',
    configure: (baseUrl, apiKey) => ({ kind: 'google', apiKey, baseUrl }),
    embeddingModel: 'gemini-embedding-001',
  },
  {
    name: 'vertex',
    kind: 'google',
    configure: (url, apiKey) => ({
      kind: 'google',
      apiKey,
      baseUrl: `${url}/v1/projects/p/locations/l/publishers/google`,
    }),
    embeddingModel: 'gemini-embedding-001',
  },
  {
    name: 'azure',
    kind: 'azure-openai',
    configure: (baseUrl, apiKey) => ({ kind: 'azure-openai', apiKey, baseUrl }),
    embeddingModel: 'text-embedding-3-small',
  },
  {
    name: 'azure-dated',
    kind: 'azure-openai',
    configure: (baseUrl, apiKey) => ({ kind: 'azure-openai', apiKey, baseUrl, apiVersion: '2024-10-21' }),
    embeddingModel: 'text-embedding-3-small',
  },
  {
    name: 'cohere',
    kind: 'cohere',
    configure: (baseUrl, apiKey) => ({ kind: 'cohere', apiKey, baseUrl }),
    embeddingModel: 'embed-v4.0',
  },
  {
    name: 'bedrock',
    kind: 'bedrock',
    configure: (baseUrl, secret) => ({
      kind: 'bedrock',
      region: 'us-east-1',
      accessKeyId: `${secret}-id`,
      secretAccessKey: `${secret}-secret`,
      sessionToken: `${secret}-token`,
      baseUrl,
    }),
    embeddingModel: 'amazon.titan-embed-text-v2:0',
  },
  ...(['chat', 'completions'] as const).map(
    (api): ProviderCase => ({
      name: `huggingface-${api}`,
      kind: 'huggingface',
      configure: (baseUrl, apiKey) => ({ kind: 'huggingface', apiKey, baseUrl, api }),
      embeddingModel: 'sentence-transformers/all-MiniLM-L6-v2',
    }),
  ),
  {
    name: 'compatible',
    kind: 'openai-compatible',
    configure: (url, apiKey) => ({ kind: 'openai-compatible', apiKey, baseUrl: `${url}/v1` }),
    embeddingModel: 'nomic-embed-text',
  },
];
