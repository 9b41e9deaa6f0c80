import { describe, expect, it } from 'vitest';
import { reasonName } from '../../../../src/completion/error.ts';
import { EmbeddingPurpose } from '../../../../src/gen/sluice/v1/embedding_service.ts';
import { anEmbedCall, providerAt } from './a-call.ts';
import { type Answered, startServer } from './a-server.ts';

describe('texts', () => {
  it('are turned into vectors right at the address of a server, with the tokens that its header counts', async () => {
    await using server = await startServer(() => ({
      headers: { 'x-compute-tokens': '9', 'x-request-id': 'req_1' },
      body: [
        [0.5, 1],
        [0.25, -1],
      ],
    }));
    const call = anEmbedCall(['one', 'two']);
    const { embeddings, usage, warnings } = await embed(server.url, call);
    expect(embeddings).toEqual([{ values: [0.5, 1] }, { values: [0.25, -1] }]);
    expect([usage.inputTokens, usage.estimated, warnings]).toEqual([9, false, []]);
    expect(call.facts).toEqual({ httpStatus: 200, requestId: 'req_1' });
    expect(server.asked.map(({ method, url, body }) => [method, url, JSON.parse(body)])).toEqual([
      ['POST', '/', { inputs: ['one', 'two'] }],
    ]);
  });

  it('are asked for in lists of 32, whose vectors keep their order', async () => {
    const texts = Array.from({ length: 70 }, (_, index) => String(index));
    await using server = await startServer(({ body }) => ({
      headers: { 'x-compute-tokens': '1' },
      body: (JSON.parse(body).inputs as string[]).map((text) => [Number(text), 0]),
    }));
    const { embeddings, usage } = await embed(server.url, anEmbedCall(texts));
    expect(embeddings.map(({ values }) => values[0])).toEqual(texts.map(Number));
    expect(server.asked.map(({ body }) => JSON.parse(body).inputs.length).sort()).toEqual([32, 32, 6]);
    expect(usage.inputTokens).toBe(3);
  });

  it('go to OpenAI’s API where that is what the address is of, 32 at once as well', async () => {
    await using server = await startServer(({ body }) => ({
      body: {
        data: (JSON.parse(body).input as string[]).map((text, index) => ({
          index,
          embedding: [Number(text)],
        })),
        usage: { prompt_tokens: 3, total_tokens: 3 },
      },
    }));
    const texts = Array.from({ length: 40 }, (_, index) => String(index));
    const { embeddings, usage } = await embed(`${server.url}/v1`, anEmbedCall(texts));
    expect(embeddings.map(({ values }) => values[0])).toEqual(texts.map(Number));
    expect(usage.inputTokens).toBe(6);
    expect(server.asked.map(({ url }) => url)).toEqual(['/v1/embeddings', '/v1/embeddings']);
  });

  it('may be given a length, and it is told where that is not heeded, or a purpose is', async () => {
    await using server = await startServer(() => ({ body: [[0.5, 1]] }));
    const asked = { dimensions: 256, purpose: EmbeddingPurpose.QUERY };
    const { warnings } = await embed(server.url, anEmbedCall(['one'], asked));
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({ inputs: ['one'], dimensions: 256 });
    expect(warnings.map(({ code, field }) => [code, field])).toEqual([
      ['PARAMETER_DROPPED', 'purpose'],
      ['PARAMETER_DROPPED', 'dimensions'],
    ]);
  });

  it('never become vectors of tokens: pooling them is the model’s business', async () => {
    await using server = await startServer(() => ({
      body: [
        [
          [0.5, 1],
          [0.25, -1],
        ],
      ],
    }));
    await expect(embed(server.url, anEmbedCall(['one']))).rejects.toThrow(
      'it has a vector for each token instead of each text; ask a model that pools them',
    );
  });

  it.each<[string, Answered, string]>([
    ['a vector is missing', { body: [[1, 2]] }, 'PROVIDER_RESPONSE_INVALID'],
    ['a vector is empty', { body: [[1, 2], []] }, 'PROVIDER_RESPONSE_INVALID'],
    [
      'a vector is half a vector',
      {
        body: [
          [1, 2],
          [1, null],
        ],
      },
      'PROVIDER_RESPONSE_INVALID',
    ],
    ['it is an object', { body: { vectors: [] } }, 'PROVIDER_RESPONSE_INVALID'],
    ['it is one vector for two texts', { body: [1, 2] }, 'PROVIDER_RESPONSE_INVALID'],
    ['it is an error with 200', { body: { error: 'down', error_type: 'Backend' } }, 'PROVIDER_UNAVAILABLE'],
    [
      'it is a refusal',
      { status: 413, body: { error: '`inputs` must have less than 512 tokens', error_type: 'Validation' } },
      'CONTEXT_LENGTH_EXCEEDED',
    ],
  ])('fail where %s', async (_what, answered, reason) => {
    await using server = await startServer(() => answered);
    const failed = embed(server.url, anEmbedCall(['one', 'two']));
    expect(await failed.catch((error) => reasonName(error.reason))).toBe(reason);
  });
});

async function embed(baseUrl: string, call: ReturnType<typeof anEmbedCall>) {
  const provider = providerAt(baseUrl);
  try {
    const embeddings = await provider.embed?.(call);
    if (!embeddings) throw new Error('it cannot embed');
    return embeddings;
  } finally {
    await provider.close();
  }
}
