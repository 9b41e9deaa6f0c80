import { SluiceError } from '@sluice/client';
import { describe, expect, it } from 'vitest';
import { startApi } from '../support/api-server.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { startSocketServer } from '../wire/socket-server.ts';
import { openOtlpReceiver } from './telemetry-support/otlp-receiver.ts';

async function failureOf(promise: Promise<unknown>): Promise<SluiceError> {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (!SluiceError.is(error)) throw new Error(`no SluiceError, but ${error}`);
  return error;
}

/** A vector that tells which text it is of, as OpenAI sends vectors in plain numbers. */
function vectorsOf({ body }: { body: { input: string[] } }) {
  const data = body.input.map((text, index) => ({ index, embedding: [Number(text), 0.5] }));
  return { data: data.reverse(), usage: { prompt_tokens: body.input.length }, model: 'embedder-1' };
}

function openAi(baseUrl: string, name = 'openai') {
  return { [name]: { kind: 'openai', apiKey: 'key-for-tests', baseUrl: `${baseUrl}/v1` } };
}

const metricsOf = async ({ metricsUrl }: Gateway) => (await fetch(metricsUrl)).text();

describe('Embed', () => {
  it('turns texts into vectors, in order, without a key or a network', async () => {
    await using gateway = await startGateway();
    const model = 'demo/demo-embedding';
    const texts = ['a cat', 'a dog', 'a cat'];
    const { embeddings, usage, execution, id } = await gateway.client.embeddings.embed({ model, texts });
    expect(embeddings.map(({ values }) => values.length)).toEqual([64, 64, 64]);
    expect(embeddings[0]).toEqual(embeddings[2]);
    expect(embeddings[0]).not.toEqual(embeddings[1]);
    expect(usage?.inputTokens).toBeGreaterThan(0);
    expect(id).toMatch(/^embd-/);
    expect(execution).toMatchObject({
      provider: 'demo',
      providerModel: 'demo-embedding',
      attempts: [{ outcome: 'ATTEMPT_OUTCOME_SUCCEEDED' }],
    });
  });

  it('splits a large list as the provider wants it, and keeps the order', async () => {
    await using api = await startApi((request) => ({ body: vectorsOf(request) }));
    await using gateway = await startGateway({ providers: openAi(api.url) });
    const texts = Array.from({ length: 2048 }, (_, index) => String(index).padStart(400, '0'));
    const { embeddings, usage } = await gateway.client.embeddings.embed({
      model: 'openai/text-embedding-3-small',
      texts,
    });
    expect(embeddings.map(({ values }) => values[0])).toEqual(texts.map(Number));
    expect(usage).toMatchObject({ inputTokens: 2048, estimated: false });
    expect(api.requests.length).toBeGreaterThan(1);
    expect(api.requests.map(({ path }) => path)).toEqual(api.requests.map(() => '/v1/embeddings'));
  });

  it('asks the next target where one fails, and tells of both', async () => {
    await using broken = await startApi(() => ({ status: 503, body: { error: { message: 'no' } } }));
    await using sound = await startApi((request) => ({ body: vectorsOf(request) }));
    await using gateway = await startGateway({
      providers: { ...openAi(broken.url, 'broken'), ...openAi(sound.url, 'sound') },
      models: {
        vectors: {
          targets: [
            { provider: 'broken', model: 'text-embedding-3-small' },
            { provider: 'sound', model: 'text-embedding-3-small' },
          ],
        },
      },
    });
    const { execution } = await gateway.client.embeddings.embed({ model: 'vectors', texts: ['1'] });
    expect(execution).toMatchObject({
      provider: 'sound',
      attempts: [
        { provider: 'broken', outcome: 'ATTEMPT_OUTCOME_FAILED', reason: 'PROVIDER_UNAVAILABLE' },
        { provider: 'sound', outcome: 'ATTEMPT_OUTCOME_SUCCEEDED' },
      ],
    });
    expect(await metricsOf(gateway)).toMatch(
      /sluice_attempts_total\{[^}]*provider="broken"[^}]*outcome="FAILED"[^}]*\} 1/,
    );
  });

  it('opens the circuit of a provider that keeps failing', async () => {
    await using broken = await startApi(() => ({ status: 500, body: { error: { message: 'no' } } }));
    await using gateway = await startGateway({ providers: openAi(broken.url) });
    const request = { model: 'openai/text-embedding-3-small', texts: ['1'] };
    for (let n = 0; n < 5; n++) await failureOf(gateway.client.embeddings.embed(request));
    expect(await failureOf(gateway.client.embeddings.embed(request))).toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'CIRCUIT_OPEN',
    });
    expect(broken.requests).toHaveLength(5);
  });

  it('refuses a model that completes, and names the way out', async () => {
    await using gateway = await startGateway();
    const failure = await failureOf(gateway.client.embeddings.embed({ model: 'demo', texts: ['a'] }));
    expect(failure).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'UNSUPPORTED_PARAMETER' });
    expect(failure.message).toContain('demo/demo does not embed texts');
  });

  it('refuses a request with faults, naming every field', async () => {
    await using gateway = await startGateway();
    const faulty = { model: '', texts: ['a', ''], dimensions: 0, requestId: 'x', labels: { '': 'a' } };
    const { fieldViolations, status } = await failureOf(gateway.client.embeddings.embed(faulty));
    expect(status).toBe('INVALID_ARGUMENT');
    expect(fieldViolations.map(({ field }) => field)).toEqual([
      'model',
      'texts[1]',
      'dimensions',
      'request_id',
      'labels',
    ]);
    const empty = await failureOf(gateway.client.embeddings.embed({ model: 'demo', texts: [] }));
    expect(empty.fieldViolations).toEqual([
      { field: 'texts', description: expect.stringContaining('empty') },
    ]);
    const many = { model: 'demo', texts: new Array(2049).fill('a') };
    expect((await failureOf(gateway.client.embeddings.embed(many))).fieldViolations).toMatchObject([
      { field: 'texts', description: 'has 2049 texts, more than 2048' },
    ]);
  });

  it('drops what the model cannot honour with a warning, or refuses it, as the request says', async () => {
    await using api = await startApi((request) => ({ body: vectorsOf(request) }));
    await using gateway = await startGateway({ providers: openAi(api.url) });
    const request = {
      model: 'openai/text-embedding-3-small',
      texts: ['1'],
      purpose: 'EMBEDDING_PURPOSE_QUERY' as const,
    };
    const { warnings } = await gateway.client.embeddings.embed(request);
    expect(warnings).toMatchObject([{ code: 'PARAMETER_DROPPED', field: 'purpose' }]);
    const execution = { unsupportedParameters: 'UNSUPPORTED_PARAMETER_POLICY_REJECT' as const };
    expect(await failureOf(gateway.client.embeddings.embed({ ...request, execution }))).toMatchObject({
      reason: 'UNSUPPORTED_PARAMETER',
      fieldViolations: [{ field: 'purpose' }],
    });
  });

  it('closes the provider’s socket when the caller leaves', async () => {
    const { promise: asked, resolve: hear } = Promise.withResolvers<void>();
    await using silent = await startSocketServer(() => hear());
    await using gateway = await startGateway({ providers: openAi(silent.url) });
    const leaving = new AbortController();
    const request = { model: 'openai/text-embedding-3-small', texts: ['1'] };
    const failure = failureOf(gateway.client.embeddings.embed(request, { signal: leaving.signal }));
    await asked;
    expect(silent.open.size).toBe(1);
    leaving.abort();
    expect(await failure).toMatchObject({ status: 'CANCELLED' });
    await expect.poll(() => silent.open.size).toBe(0);
  });

  it('is followed by a span of the call and one of the attempt', async () => {
    await using collector = await openOtlpReceiver();
    await using gateway = await startGateway(
      {},
      { variables: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint } },
    );
    await gateway.client.embeddings.embed({ model: 'demo/demo-embedding', texts: ['a'], dimensions: 8 });
    await gateway.stop();
    const call = collector.span('sluice.v1.EmbeddingService/Embed');
    const attempt = collector.span('embeddings demo-embedding');
    expect(attempt.parentSpanId).toBe(call.spanId);
    expect(attempt.attributes).toMatchObject({
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.request.model': 'demo-embedding',
      'gen_ai.embeddings.dimension.count': 8,
    });
    expect(attempt.attributes).not.toHaveProperty('gen_ai.response.finish_reasons');
    expect(call.attributes).toMatchObject({
      'sluice.model': 'demo/demo-embedding',
      'sluice.attempt.count': 1,
    });
  });
});
