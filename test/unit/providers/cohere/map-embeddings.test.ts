import { describe, expect, it } from 'vitest';
import { type GatewayError, reasonName } from '../../../../src/completion/error.ts';
import { EmbeddingPurpose } from '../../../../src/gen/sluice/v1/embedding_service.ts';
import { mapEmbeddings, mapEmbedRequest } from '../../../../src/providers/cohere/map-embeddings.ts';
import { anEmbedCall } from './a-call.ts';
import { providerAt, startCohereServer } from './cohere-server.ts';

describe('asking Cohere for vectors', () => {
  it('asks for base64, and for texts that are too long to be refused', () => {
    expect(mapEmbedRequest(anEmbedCall({ texts: ['a', 'b'], dimensions: 512 }))).toEqual({
      body: {
        model: 'embed-v4.0',
        texts: ['a', 'b'],
        input_type: 'search_document',
        output_dimension: 512,
        embedding_types: ['base64'],
        truncate: 'NONE',
      },
      warnings: [],
    });
  });

  it.each([
    [EmbeddingPurpose.UNSPECIFIED, 'search_document'],
    [EmbeddingPurpose.QUERY, 'search_query'],
    [EmbeddingPurpose.DOCUMENT, 'search_document'],
    [EmbeddingPurpose.CLASSIFICATION, 'classification'],
    [EmbeddingPurpose.CLUSTERING, 'clustering'],
  ])('says of %s that it is %s', (purpose, inputType) => {
    expect(mapEmbedRequest(anEmbedCall({ purpose })).body.input_type).toBe(inputType);
  });

  it('asks older models for what they have, and warns of what they have not', () => {
    const { body, warnings } = mapEmbedRequest(anEmbedCall({ model: 'embed-english-v2.0', dimensions: 512 }));
    expect(body).not.toHaveProperty('output_dimension');
    expect(body.embedding_types).toEqual(['float']);
    expect(warnings.map(({ code, field }) => [code, field])).toEqual([['PARAMETER_DROPPED', 'dimensions']]);
  });

  it('asks for 96 texts at a time, and keeps their order', async () => {
    await using server = await startCohereServer(({ body }) => {
      const texts: string[] = JSON.parse(body).texts;
      return {
        headers: { 'x-debug-trace-id': 'trace-1' },
        body: {
          embeddings: { base64: texts.map((text) => base64([Number(text), 0.5])) },
          meta: { billed_units: { input_tokens: texts.length } },
        },
      };
    });
    await using provider = providerAt(server.url);
    const texts = Array.from({ length: 200 }, (_, index) => String(index));
    const facts: object[] = [];
    const answer = await provider.embed?.(anEmbedCall({ texts, report: (told) => facts.push(told) }));
    expect(answer?.embeddings.map(({ values }) => values)).toEqual(texts.map((text) => [Number(text), 0.5]));
    expect(answer?.usage).toMatchObject({ inputTokens: 200, estimated: false });
    expect(server.requests.map(({ url, body }) => [url, JSON.parse(body).texts.length]).sort()).toEqual([
      ['/v2/embed', 8],
      ['/v2/embed', 96],
      ['/v2/embed', 96],
    ]);
    expect(facts[0]).toEqual({ httpStatus: 200, requestId: 'trace-1' });
  });
});

describe('reading vectors of Cohere', () => {
  it.each([
    ['base64', { base64: [base64([0.1, -2, 3e-7])] }],
    ['numbers', { float: [[0.1, -2, 3e-7]] }],
  ])('takes them as %s', (_, embeddings) => {
    const { embeddings: vectors } = read({ embeddings });
    expect(vectors.map(({ values }) => values.map(Math.fround))).toEqual([[0.1, -2, 3e-7].map(Math.fround)]);
  });

  it.each([
    [{ billed_units: { input_tokens: 3 } }, 3, false],
    [{ tokens: { input_tokens: 5 }, billed_units: { input_tokens: 3 } }, 5, false],
    [{}, 0, true],
    [undefined, 0, true],
  ])('reads the usage %j', (meta, inputTokens, estimated) => {
    expect(read({ embeddings: { float: [[1]] }, meta }).usage).toMatchObject({ inputTokens, estimated });
  });

  it.each([
    ['no embeddings', {}, 'PROVIDER_RESPONSE_INVALID'],
    [
      'embeddings of no kind that was asked for',
      { embeddings: { int8: [[1]] } },
      'PROVIDER_RESPONSE_INVALID',
    ],
    ['half a number', { embeddings: { base64: ['AAA='] } }, 'PROVIDER_RESPONSE_INVALID'],
    ['a vector of texts', { embeddings: { float: [['1']] } }, 'PROVIDER_RESPONSE_INVALID'],
    ['an error', { id: 'x', message: 'too many tokens' }, 'CONTEXT_LENGTH_EXCEEDED'],
  ])('does not take for vectors what has %s', (_, answer, reason) => {
    expect(reasonOf(() => read(answer))).toBe(reason);
  });
});

function read(answer: object) {
  return mapEmbeddings(JSON.stringify(answer), { provider: 'cohere', warnings: [] });
}

function base64(values: readonly number[]): string {
  return Buffer.from(Float32Array.from(values).buffer).toString('base64');
}

function reasonOf(act: () => unknown): string {
  try {
    act();
    return 'none';
  } catch (error) {
    return reasonName((error as GatewayError).reason);
  }
}
