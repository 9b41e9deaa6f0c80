import { describe, expect, it } from 'vitest';
import type { EmbedCall, Embeddings } from '../../../../src/completion/ports/provider.ts';
import { EmbeddingPurpose } from '../../../../src/gen/sluice/v1/embedding_service.ts';
import { createGoogleProvider } from '../../../../src/providers/google/provider.ts';
import { type ApiRequest, startApi } from '../../../support/api-server.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON that the tests wrote themselves
type Json = any;

const { QUERY, DOCUMENT, CLASSIFICATION, CLUSTERING, UNSPECIFIED } = EmbeddingPurpose;
const VERTEX = '/v1/projects/p/locations/l/publishers/google';
const noUsage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};

describe('vectors of Gemini', () => {
  it('are asked for a hundred texts at a time, and keep their order', async () => {
    await using api = await startApi(gemini);
    const texts = Array.from({ length: 250 }, (_, index) => String(index));
    const { embeddings } = await embed(api.url, { texts });
    expect(embeddings.map(({ values }) => values[0])).toEqual(texts.map(Number));
    const sizes = api.requests.map(({ body }) => body.requests.length);
    expect(sizes.sort()).toEqual([100, 100, 50]);
    expect(new Set(api.requests.map(({ path }) => path))).toEqual(
      new Set(['/v1beta/models/gemini-embedding-001:batchEmbedContents']),
    );
  });

  it.each([
    [QUERY, 'RETRIEVAL_QUERY'],
    [DOCUMENT, 'RETRIEVAL_DOCUMENT'],
    [CLASSIFICATION, 'CLASSIFICATION'],
    [CLUSTERING, 'CLUSTERING'],
  ])('are for the purpose %s, and of the length asked for', async (purpose, taskType) => {
    await using api = await startApi(gemini);
    await embed(api.url, { texts: ['7'], purpose, dimensions: 768 });
    expect(api.requests[0]?.body).toEqual({
      requests: [
        {
          model: 'models/gemini-embedding-001',
          content: { role: 'user', parts: [{ text: '7' }] },
          taskType,
          outputDimensionality: 768,
        },
      ],
    });
  });

  it.each([
    [UNSPECIFIED, '7'],
    [QUERY, 'task: search result | query: 7'],
    [DOCUMENT, 'title: none | text: 7'],
    [CLASSIFICATION, 'task: classification | query: 7'],
    [CLUSTERING, 'task: clustering | query: 7'],
  ])('of a model that takes no setting are told their purpose, %s, in the text', async (purpose, text) => {
    await using api = await startApi(() => ({ body: { embeddings: [{ values: [1] }] } }));
    await embed(api.url, { model: 'gemini-embedding-2', texts: ['7'], purpose });
    expect(api.requests[0]?.body.requests).toEqual([
      { model: 'models/gemini-embedding-2', content: { role: 'user', parts: [{ text }] } },
    ]);
  });

  it('have an estimated usage where Gemini reports none, and else what it reports, summed up', async () => {
    await using silent = await startApi(gemini);
    expect((await embed(silent.url, {})).usage).toEqual({ ...noUsage, estimated: true });
    await using telling = await startApi((request) => ({
      body: { ...gemini(request).body, usageMetadata: { promptTokenCount: 3 } },
    }));
    const texts = Array.from({ length: 101 }, () => '1');
    expect((await embed(telling.url, { texts })).usage).toEqual({
      ...noUsage,
      inputTokens: 6,
      estimated: false,
    });
  });

  it.each([
    ['a vector too few', { embeddings: [] }],
    ['a vector that is none', { embeddings: [{ values: ['0.1'] }] }],
    ['a vector without components', { embeddings: [{}] }],
    ['something else', { data: [] }],
  ])('are refused where %s came', async (_, body) => {
    await using api = await startApi(() => ({ body }));
    await expect(embed(api.url, {})).rejects.toMatchObject({
      reason: 'ERROR_REASON_PROVIDER_RESPONSE_INVALID',
    });
  });
});

// No recordings: by Google's documentation of Vertex's text embeddings.
describe('vectors of Vertex', () => {
  it("of older models are predictions, in batches of the model's, and never of a shortened text", async () => {
    await using api = await startApi(vertex);
    const texts = Array.from({ length: 10 }, (_, index) => String(index));
    const { embeddings, usage } = await embed(api.url + VERTEX, {
      model: 'text-embedding-005',
      texts,
      purpose: QUERY,
      dimensions: 64,
    });
    expect(embeddings.map(({ values }) => values[0])).toEqual(texts.map(Number));
    expect(usage).toEqual({ ...noUsage, inputTokens: 20, estimated: false });
    const [first, last] = api.requests.toSorted((a, b) => size(b) - size(a));
    expect([first?.path, size(first), size(last)]).toEqual([
      `${VERTEX}/models/text-embedding-005:predict`,
      9,
      1,
    ]);
    expect(last?.body).toEqual({
      instances: [{ content: '9', task_type: 'RETRIEVAL_QUERY' }],
      parameters: { autoTruncate: false, outputDimensionality: 64 },
    });
  });

  it('of gemini-embedding-001 are predicted one by one', async () => {
    await using api = await startApi(vertex);
    await embed(api.url + VERTEX, { texts: ['1', '2'] });
    expect(api.requests.map(size)).toEqual([1, 1]);
  });

  it('of newer models are embedded one by one', async () => {
    await using api = await startApi(() => ({
      body: { embedding: { values: [7] }, usageMetadata: { promptTokenCount: 2 } },
    }));
    const { embeddings, usage } = await embed(api.url + VERTEX, {
      model: 'gemini-embedding-2',
      texts: ['1', '2'],
      dimensions: 64,
    });
    expect([embeddings.length, usage.inputTokens, usage.estimated]).toEqual([2, 4, false]);
    expect(api.requests[0]).toMatchObject({
      path: `${VERTEX}/models/gemini-embedding-2:embedContent`,
      body: { content: { parts: [{ text: '1' }] }, outputDimensionality: 64 },
    });
  });
});

/** Gives each text, which is a number, a vector that tells it. */
function gemini({ body }: ApiRequest): { body: object } {
  const values = (request: Json) => [Number(request.content.parts[0].text), 0.5];
  return { body: { embeddings: body.requests.map((one: Json) => ({ values: values(one) })) } };
}

function vertex({ body }: ApiRequest): { body: object } {
  const predictions = body.instances.map(({ content }: Json) => ({
    embeddings: { values: [Number(content)], statistics: { token_count: 2, truncated: false } },
  }));
  return { body: { predictions } };
}

function size(request: ApiRequest | undefined): number {
  return request?.body.instances.length ?? 0;
}

async function embed(url: string, said: Partial<EmbedCall>): Promise<Embeddings> {
  const provider = createGoogleProvider({
    config: providerConfig('google', url),
    connectTimeoutMs: 5000,
    now: Date.now,
  });
  const call: EmbedCall = {
    model: 'gemini-embedding-001',
    texts: ['1'],
    dimensions: undefined,
    purpose: UNSPECIFIED,
    endUser: '',
    signal: new AbortController().signal,
    report() {},
    ...said,
  };
  try {
    if (!provider.embed) throw new Error('it cannot embed');
    return await provider.embed(call);
  } finally {
    await provider.close();
  }
}
