import { describe, expect, it } from 'vitest';
import { EmbeddingPurpose } from '../../../../src/gen/sluice/v1/embedding_service.ts';
import { anEmbedCall } from './a-call.ts';
import { providerAt, type Request, startBedrockServer } from './bedrock-server.ts';

const COHERE = 'cohere.embed-english-v3';
const texts = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

/** A vector of the number that the text is. */
const titan = ({ body }: Request) => {
  const { inputText } = JSON.parse(body);
  return { body: JSON.stringify({ embedding: [Number(inputText)], inputTextTokenCount: 2 }) };
};
const cohere = ({ body }: Request) => ({
  headers: { 'x-amzn-bedrock-input-token-count': '7' },
  body: JSON.stringify({ embeddings: JSON.parse(body).texts.map((text: string) => [Number(text)]) }),
});

async function embedded(reply: typeof titan, ...call: Parameters<typeof anEmbedCall>) {
  await using server = await startBedrockServer(reply);
  const provider = providerAt(server.url);
  const result = await provider.embed?.(anEmbedCall(...call));
  await provider.close();
  return {
    values: result?.embeddings.map(({ values }) => values),
    usage: result?.usage,
    warned: result?.warnings.map(({ field }) => field),
    requests: server.requests.map(({ url, body }) => ({ url, body: JSON.parse(body) })),
  };
}

describe('embedding', () => {
  it('asks Titan for one text at a time, and keeps their order', async () => {
    const { values, usage, requests } = await embedded(titan, texts(20), { dimensions: 256 });
    expect(values).toEqual(texts(20).map((text) => [Number(text)]));
    expect(usage).toMatchObject({ inputTokens: 40, estimated: false });
    expect(requests).toHaveLength(20);
    expect(requests.find(({ body }) => body.inputText === '3')).toEqual({
      url: '/model/amazon.titan-embed-text-v2%3A0/invoke',
      body: { inputText: '3', dimensions: 256 },
    });
  });

  it('warns of what Titan has not', async () => {
    const said = { model: 'amazon.titan-embed-text-v1', dimensions: 256, purpose: EmbeddingPurpose.QUERY };
    const { requests, warned } = await embedded(titan, ['1', '2'], said);
    expect(requests[0]?.body).toEqual({ inputText: '1' });
    expect(warned).toEqual(['dimensions', 'purpose']);
  });

  it('asks Cohere for 96 texts at a time', async () => {
    const { values, usage, requests } = await embedded(cohere, texts(100), { model: COHERE });
    expect(values).toEqual(texts(100).map((text) => [Number(text)]));
    expect(usage).toMatchObject({ inputTokens: 14, estimated: false });
    expect(requests.map(({ body }) => body.texts.length).sort()).toEqual([4, 96]);
  });

  it.each([
    [EmbeddingPurpose.UNSPECIFIED, 'search_document'],
    [EmbeddingPurpose.QUERY, 'search_query'],
    [EmbeddingPurpose.DOCUMENT, 'search_document'],
    [EmbeddingPurpose.CLASSIFICATION, 'classification'],
    [EmbeddingPurpose.CLUSTERING, 'clustering'],
  ])('tells Cohere of the purpose %s as %s', async (purpose, input_type) => {
    const { requests } = await embedded(cohere, ['1'], { model: COHERE, purpose, dimensions: 256 });
    expect(requests[0]?.body).toEqual({ texts: ['1'], input_type });
  });

  it('tells later models of Cohere how long vectors shall be, and reads them by type', async () => {
    const byType = () => ({ body: JSON.stringify({ embeddings: { float: [[1, 2]] } }) });
    const { values, usage, requests } = await embedded(byType, ['1'], {
      model: 'us.cohere.embed-v4:0',
      dimensions: 256,
    });
    expect(values).toEqual([[1, 2]]);
    expect(usage).toMatchObject({ inputTokens: 0, estimated: true });
    expect(requests[0]?.body).toEqual({ texts: ['1'], input_type: 'search_document', output_dimension: 256 });
  });

  it.each([
    ['no vector', {}],
    ['a vector of texts', { embedding: ['x'] }],
  ])('is not understood with %s', async (_what, answer) => {
    const reply = () => ({ body: JSON.stringify(answer) });
    await expect(embedded(reply, ['1'])).rejects.toThrow('could not be understood');
  });

  it('is refused for a model that is not known to make vectors', async () => {
    await expect(embedded(titan, ['1'], { model: 'amazon.nova-lite-v1:0' })).rejects.toThrow('vectors');
  });
});
