import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import type { EmbedCall, Embeddings, ResponseFacts } from '../../../../src/completion/ports/provider.ts';
import { EmbeddingPurpose } from '../../../../src/gen/sluice/v1/embedding_service.ts';
import { createOpenAiProvider } from '../../../../src/providers/openai/provider.ts';
import { createOpenAiCompatibleProvider } from '../../../../src/providers/openai-compatible/provider.ts';
import type { ProviderDependencies } from '../../../../src/providers/shared/dependencies.ts';
import { providerConfig } from '../../../wire/provider-config.ts';
import { type ApiServer, type SentRequest, startApiServer } from './api-server.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
});
afterEach(() => void server.takeRequests());
afterAll(() => server[Symbol.asyncDispose]());

describe('embedding texts', () => {
  it('asks for base64, and says no more than the call', async () => {
    server.answerWith(vectorsOf);
    const facts: ResponseFacts[] = [];
    await embed({ texts: ['1', '2'], report: (told) => void facts.push(told) });
    const [{ method, url, headers, body }] = server.takeRequests() as [SentRequest];
    expect([method, url, headers.authorization]).toEqual([
      'POST',
      '/v1/embeddings',
      'Bearer a-key-for-tests',
    ]);
    expect(JSON.parse(body)).toEqual({
      model: 'text-embedding-3-small',
      input: ['1', '2'],
      encoding_format: 'base64',
    });
    expect(facts).toEqual([{ httpStatus: 200, requestId: 'req_1' }]);
  });

  it('says dimensions and user, and warns of a purpose', async () => {
    server.answerWith(vectorsOf);
    const { warnings } = await embed({
      texts: ['1'],
      dimensions: 1,
      endUser: 'u1',
      purpose: EmbeddingPurpose.QUERY,
    });
    expect(JSON.parse(server.takeRequests()[0]?.body ?? '')).toMatchObject({ dimensions: 1, user: 'u1' });
    expect(warnings.map(({ code, field }) => [code, field])).toEqual([['PARAMETER_DROPPED', 'purpose']]);
  });

  it('warns of a length that the server did not heed', async () => {
    server.answerWith(vectorsOf);
    const { warnings } = await embed({ texts: ['1'], dimensions: 256 });
    expect(warnings.map(({ code, field }) => [code, field])).toEqual([['PARAMETER_DROPPED', 'dimensions']]);
  });

  it.each([
    [{ prompt_tokens: 7, total_tokens: 9 }, 7, false],
    [{ total_tokens: 9 }, 9, false],
    [{}, 0, true],
  ])('reads the usage %j', async (said, inputTokens, estimated) => {
    server.answerWith({ body: { data: [{ embedding: [1] }], usage: said } });
    const { usage } = await embed({ texts: ['a'] });
    expect(usage).toMatchObject({ inputTokens, estimated });
  });

  it('takes vectors in either form and any order', async () => {
    const base64 = Buffer.from(new Float32Array([0.5, -2]).buffer).toString('base64');
    server.answerWith({
      body: {
        data: [
          { index: 1, embedding: base64 },
          { index: 0, embedding: [1, 0.25] },
        ],
        usage: { prompt_tokens: 7, total_tokens: 7 },
      },
    });
    const { embeddings, usage } = await embed({ texts: ['a', 'b'] });
    expect(embeddings).toEqual([{ values: [1, 0.25] }, { values: [0.5, -2] }]);
    expect(usage).toMatchObject({ inputTokens: 7, outputTokens: 0, estimated: false });
  });

  it('says that usage is not known where a server does not tell it', async () => {
    server.answerWith({ body: { data: [{ embedding: [1] }] } });
    expect((await embed({ texts: ['a'] })).usage.estimated).toBe(true);
  });

  it('asks in batches of 2048, and keeps the order', async () => {
    server.answerWith(vectorsOf);
    const texts = Array.from({ length: 5000 }, (_, index) => String(index));
    const { embeddings, usage } = await embed({ texts });
    const sizes = server.takeRequests().map(({ body }) => JSON.parse(body).input.length);
    expect(sizes.sort((a, b) => b - a)).toEqual([2048, 2048, 904]);
    expect(embeddings.map(({ values }) => values[0])).toEqual(texts.map(Number));
    expect(usage.inputTokens).toBe(5000);
  });

  it('asks in batches of fewer texts where they are long', async () => {
    server.answerWith(vectorsOf);
    // Numbers, of so many digits that three of them are too much for one request.
    const texts = ['1', '2', '3', '4', '5'].map((digit) => `${digit}.${'0'.repeat(120_000)}`);
    const { embeddings } = await embed({ texts: [...texts, '6'] });
    const sizes = server.takeRequests().map(({ body }) => JSON.parse(body).input.length);
    expect(sizes.sort()).toEqual([2, 2, 2]);
    expect(embeddings.map(({ values }) => values[0])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('asks a compatible server in smaller batches', async () => {
    server.answerWith(vectorsOf);
    const texts = Array.from({ length: 70 }, (_, index) => String(index));
    const { embeddings } = await embed({ texts }, createOpenAiCompatibleProvider);
    expect(embeddings.map(({ values }) => values[0])).toEqual(texts.map(Number));
    expect(server.takeRequests()).toHaveLength(3);
  });

  it('asks again without base64, and from then on, where a server refuses it', async () => {
    server.answerWith((request) =>
      'encoding_format' in JSON.parse(request.body)
        ? {
            status: 422,
            body: { detail: [{ loc: ['body', 'encoding_format'], msg: 'encoding_format: extra' }] },
          }
        : vectorsOf(request),
    );
    const provider = aProvider(createOpenAiCompatibleProvider);
    expect((await provider.embed?.(aCall({ texts: ['5'] })))?.embeddings).toEqual([{ values: [5] }]);
    await provider.embed?.(aCall({ texts: ['6'] }));
    await provider.close();
    const asked = server.takeRequests().map(({ body }) => 'encoding_format' in JSON.parse(body));
    expect(asked).toEqual([true, false, false]);
  });

  it.each<[string, object, string]>([
    [
      'an error',
      { status: 400, body: { error: { message: 'no', code: null } } },
      'PROVIDER_REJECTED_REQUEST',
    ],
    ['an error with 200', { body: { error: { type: 'rate_limit_error' } } }, 'PROVIDER_RATE_LIMITED'],
    ['too few', { body: { data: [{ index: 0, embedding: [1] }] } }, 'PROVIDER_RESPONSE_INVALID'],
    [
      'one of them twice',
      { body: { data: [0, 0].map((index) => ({ index, embedding: [1] })) } },
      'PROVIDER_RESPONSE_INVALID',
    ],
    [
      'one too far',
      { body: { data: [0, 2].map((index) => ({ index, embedding: [1] })) } },
      'PROVIDER_RESPONSE_INVALID',
    ],
    [
      'half a number',
      { body: { data: [0, 1].map((index) => ({ index, embedding: 'AAAA' })) } },
      'PROVIDER_RESPONSE_INVALID',
    ],
    [
      'no numbers',
      { body: { data: [0, 1].map((index) => ({ index, embedding: ['1'] })) } },
      'PROVIDER_RESPONSE_INVALID',
    ],
    [
      'nothing',
      { body: { data: [0, 1].map((index) => ({ index, embedding: [] })) } },
      'PROVIDER_RESPONSE_INVALID',
    ],
    ['a page', { body: '<html>' }, 'PROVIDER_RESPONSE_INVALID'],
  ])('refuses %s in place of vectors', async (_what, said, reason) => {
    server.answerWith({ body: '', ...said });
    const thrown = await embed({ texts: ['a', 'b'] }).catch((error: unknown) => error);
    expect(thrown instanceof GatewayError && reasonName(thrown.reason)).toBe(reason);
  });
});

/** To each text that is a number, the vector of that number. */
function vectorsOf({ body }: SentRequest) {
  const { input } = JSON.parse(body);
  const data = input.map((text: string, index: number) => ({ index, embedding: [Number(text)] }));
  return { body: { data: data.reverse(), usage: { prompt_tokens: input.length } } };
}

async function embed(said: Partial<EmbedCall>, create = createOpenAiProvider): Promise<Embeddings> {
  const provider = aProvider(create);
  try {
    return (await provider.embed?.(aCall(said))) ?? expect.unreachable('it does not embed');
  } finally {
    await provider.close();
  }
}

function aProvider(create: (dependencies: ProviderDependencies) => ReturnType<typeof createOpenAiProvider>) {
  const config = providerConfig('openai', `${server.url}/v1`);
  return create({ config, connectTimeoutMs: 5000, now: Date.now });
}

function aCall(said: Partial<EmbedCall>): EmbedCall {
  return {
    model: 'text-embedding-3-small',
    texts: [],
    dimensions: undefined,
    purpose: EmbeddingPurpose.UNSPECIFIED,
    endUser: '',
    signal: new AbortController().signal,
    report() {},
    ...said,
  };
}
