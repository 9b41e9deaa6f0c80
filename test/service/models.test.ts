import { SluiceError } from '@sluice/client';
import { describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { answer, startHttpServer } from '../support/http-server.ts';

const sonnet = 'claude/claude-sonnet-4-5';
const request = { model: sonnet, prompt: 'hello' };

function claude(baseUrl: string, more = {}) {
  return { providers: { claude: { kind: 'anthropic', apiKey: 'key-for-tests', baseUrl } }, ...more };
}

async function failureOf(promise: Promise<unknown>): Promise<SluiceError> {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (!SluiceError.is(error)) throw new Error(`no SluiceError, but ${error}`);
  return error;
}

describe('ListModels', () => {
  it('tells what the first target of an alias can do, how much of it, and for how much', async () => {
    const keys = { apiKey: 'key-for-tests', baseUrl: 'http://127.0.0.1:1/v1' };
    await using gateway = await startGateway({
      providers: { openai: { kind: 'openai', ...keys }, claude: { kind: 'anthropic', ...keys } },
      models: {
        smart: {
          targets: [
            { provider: 'claude', model: 'claude-sonnet-4-5' },
            { provider: 'openai', model: 'gpt-5' },
          ],
        },
        vectors: { targets: [{ provider: 'openai', model: 'text-embedding-3-small' }] },
        mystery: { targets: [{ provider: 'openai', model: 'unheard-of' }] },
      },
      prices: { vectors: { inputPrice: 1 }, 'openai/unheard-of': { contextWindow: 1_000 } },
    });
    const { models } = await gateway.client.models.listModels({});
    const byName = Object.fromEntries(models.map((model) => [model.name, model]));
    expect(byName['smart']).toMatchObject({
      targets: [
        { provider: 'claude', providerModel: 'claude-sonnet-4-5' },
        { provider: 'openai', providerModel: 'gpt-5' },
      ],
      contextWindow: 200_000,
      maxOutputTokens: 64_000,
      inputPrice: 3_000_000_000,
      outputPrice: 15_000_000_000,
    });
    expect(byName['smart']?.capabilities).toContain('CAPABILITY_TOOLS');
    expect(byName['smart']?.capabilities).not.toContain('CAPABILITY_EMBEDDING');
    // A price goes by the provider's name of the model, not by the alias.
    expect(byName['vectors']).toMatchObject({
      contextWindow: 8_192,
      maxOutputTokens: 0,
      capabilities: ['CAPABILITY_EMBEDDING'],
      inputPrice: 20_000_000,
      outputPrice: 0,
    });
    expect(byName['mystery']).toMatchObject({ contextWindow: 1_000, maxOutputTokens: 0, inputPrice: 0 });
  });
});

describe('CountTokens', () => {
  it('is exact where the first target counts', async () => {
    await using server = await startHttpServer((_, response) => answer(response, 200, { input_tokens: 42 }));
    await using gateway = await startGateway(claude(server.url));
    const tools = [{ name: 'f', parameters: '{"type":"object"}' }];
    const counted = await gateway.client.models.countTokens({
      request: { ...request, tools, sampling: { presencePenalty: 1 }, maxOutputTokens: 9 },
    });
    expect(counted).toEqual({ inputTokens: 42, estimated: false });
    expect(server.requests.map(({ method, path }) => [method, path])).toEqual([
      ['POST', '/v1/messages/count_tokens'],
    ]);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({
      model: 'claude-sonnet-4-5',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }],
      tools: [{ name: 'f' }],
    });
  });

  it.each<[string, number, unknown]>([
    ['is out of order', 500, { type: 'error', error: { type: 'api_error' } }],
    ['is overloaded', 529, { type: 'error', error: { type: 'overloaded_error' } }],
    ['limits the rate', 429, { type: 'error', error: { type: 'rate_limit_error' } }],
    ['refuses the key', 401, { type: 'error', error: { type: 'authentication_error' } }],
    ['answers something else', 200, { hello: 'world' }],
  ])('is an estimate that says so where the provider %s', async (_, status, body) => {
    await using server = await startHttpServer((_request, response) => answer(response, status, body));
    await using gateway = await startGateway(claude(server.url));
    const counted = await gateway.client.models.countTokens({ request });
    // Two tokens of text, three around it, three before the answer.
    expect(counted).toEqual({ inputTokens: 8, estimated: true });
    expect(server.requests).toHaveLength(1);
  });

  it('is an estimate where the provider cannot be reached, or is too slow', async () => {
    await using silent = await startHttpServer(() => undefined);
    for (const baseUrl of ['http://127.0.0.1:1', silent.url]) {
      await using gateway = await startGateway(claude(baseUrl, { execution: { responseTimeout: '200ms' } }));
      expect(await gateway.client.models.countTokens({ request })).toMatchObject({ estimated: true });
    }
  });

  it.each([
    [400, 'invalid_request_error', 'PROVIDER_REJECTED_REQUEST', 'INVALID_ARGUMENT'],
    [404, 'not_found_error', 'MODEL_NOT_FOUND', 'NOT_FOUND'],
  ])('fails where the provider finds fault with the request: %i %s', async (status, type, reason, name) => {
    await using server = await startHttpServer((_, response) =>
      answer(response, status, { type: 'error', error: { type, message: 'no' } }),
    );
    await using gateway = await startGateway(claude(server.url));
    const error = await failureOf(gateway.client.models.countTokens({ request }));
    expect(error).toMatchObject({ reason, status: name });
  });

  it('checks a request as Complete does, by its path', async () => {
    await using gateway = await startGateway();
    const { models } = gateway.client;
    const faulty = { model: 'demo', sampling: { temperature: 3 } };
    const error = await failureOf(models.countTokens({ request: faulty }));
    expect(error).toMatchObject({ reason: 'INVALID_REQUEST', status: 'INVALID_ARGUMENT' });
    expect(error.fieldViolations.map(({ field }) => field)).toEqual([
      'request.messages',
      'request.sampling.temperature',
    ]);
    expect((await failureOf(models.countTokens({}))).fieldViolations[0]?.field).toBe('request');
    expect(await failureOf(models.countTokens({ request: { ...request, model: 'nobody' } }))).toMatchObject({
      reason: 'MODEL_NOT_FOUND',
    });
  });

  it('refuses what the model cannot take, as Complete does', async () => {
    await using gateway = await startGateway(claude('http://127.0.0.1:1'));
    const strict = { execution: { unsupportedParameters: 'UNSUPPORTED_PARAMETER_POLICY_REJECT' as const } };
    const counting = gateway.client.models.countTokens({
      request: { ...request, ...strict, sampling: { presencePenalty: 1 } },
    });
    expect(await failureOf(counting)).toMatchObject({ reason: 'UNSUPPORTED_PARAMETER' });
  });

  it('leaves the provider alone once the caller has left', async () => {
    const asked = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    await using server = await startHttpServer((_, response) => {
      response.on('close', () => left.resolve());
      asked.resolve();
    });
    await using gateway = await startGateway(claude(server.url));
    const caller = new AbortController();
    const counting = failureOf(gateway.client.models.countTokens({ request }, { signal: caller.signal }));
    await asked.promise;
    caller.abort();
    expect(await counting).toMatchObject({ status: 'CANCELLED' });
    await left.promise;
  });

  it('ends with the deadline of its caller', async () => {
    await using server = await startHttpServer(() => undefined);
    await using gateway = await startGateway(claude(server.url));
    const counting = gateway.client.models.countTokens({ request }, { timeoutMs: 200 });
    expect(await failureOf(counting)).toMatchObject({ status: 'DEADLINE_EXCEEDED' });
  });
});

describe('EstimateCost', () => {
  it.each([
    ['what is to be assumed', { maxOutputTokens: 20 }, 10, 10],
    ["the request's limit", { maxOutputTokens: 20 }, undefined, 20],
    ['500 tokens', {}, undefined, 500],
    ['nothing', {}, 0, 0],
  ])('prices the input with %s as output', async (_, more, outputTokens, expected) => {
    await using server = await startHttpServer((_request, response) =>
      answer(response, 200, { input_tokens: 1_000 }),
    );
    await using gateway = await startGateway(claude(server.url));
    const estimate = await gateway.client.models.estimateCost({
      request: { ...request, ...more },
      ...(outputTokens !== undefined && { outputTokens }),
    });
    expect(estimate).toEqual({
      usage: {
        inputTokens: 1_000,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: expected,
        reasoningTokens: 0,
        estimated: true,
      },
      cost: { nanoUsd: 1_000 * 3_000 + expected * 15_000, unpriced: false, estimated: true },
    });
  });

  it('is nothing for the demo provider, and unknown for a model without a price', async () => {
    await using gateway = await startGateway(claude('http://127.0.0.1:1'));
    const { models } = gateway.client;
    const cost = async (model: string) =>
      (await models.estimateCost({ request: { ...request, model } })).cost;
    expect(await cost('demo')).toEqual({ nanoUsd: 0, unpriced: false, estimated: true });
    expect(await cost('claude/claude-unheard-of')).toEqual({ nanoUsd: 0, unpriced: true, estimated: true });
  });

  it('refuses an output of less than nothing', async () => {
    await using gateway = await startGateway();
    const error = await failureOf(gateway.client.models.estimateCost({ request, outputTokens: -1 }));
    expect(error).toMatchObject({ reason: 'INVALID_REQUEST', metadata: { field: 'output_tokens' } });
  });
});
