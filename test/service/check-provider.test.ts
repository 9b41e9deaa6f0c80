import { SluiceError } from '@sluice/client';
import { describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { answer, startHttpServer } from '../support/http-server.ts';

const key = 'sk-canary-0123456789abcdef';

function provider(baseUrl: string, more = {}) {
  return { providers: { p: { kind: 'openai', apiKey: key, baseUrl, ...more } } };
}

async function check(baseUrl: string, more = {}) {
  await using gateway = await startGateway(provider(baseUrl, more));
  return await gateway.client.admin.checkProvider({ name: 'p' });
}

async function failureOf(promise: Promise<unknown>): Promise<SluiceError> {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (!SluiceError.is(error)) throw new Error(`no SluiceError, but ${error}`);
  expect(JSON.stringify([error.message, error.metadata])).not.toContain(key);
  return error;
}

const address = (url: string) => url.replace('http://', '');

describe('CheckProvider', () => {
  it('names the models where key and address are right', async () => {
    const models = { object: 'list', data: [{ id: 'gpt-a' }, { id: 'gpt-b' }] };
    await using server = await startHttpServer((_, response) => answer(response, 200, models));
    const { models: names, duration } = await check(`${server.url}/v1`);
    expect(names).toEqual(['gpt-a', 'gpt-b']);
    expect(duration).toBeDefined();
    expect(server.requests).toMatchObject([{ method: 'GET', body: '' }]);
    expect(server.requests[0]?.path).toMatch(/^\/v1\/models(\?|$)/);
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${key}`);
  });

  it('tells a wrong key', async () => {
    const body = { error: { message: `Incorrect API key: ${key}`, code: 'invalid_api_key' } };
    await using server = await startHttpServer((_, response) => answer(response, 401, body));
    const error = await failureOf(check(`${server.url}/v1`));
    expect(error).toMatchObject({
      reason: 'PROVIDER_CREDENTIALS_REJECTED',
      status: 'INTERNAL',
      message: `p answered 401 (invalid_api_key): it does not accept the gateway's key, or wants paying (p is at ${address(server.url)}).`,
      metadata: { provider: 'p', address: address(server.url) },
    });
  });

  it('tells an address where nobody listens', async () => {
    expect(await failureOf(check('http://127.0.0.1:1/v1'))).toMatchObject({
      reason: 'PROVIDER_UNAVAILABLE',
      status: 'UNAVAILABLE',
      message: 'p refused the connection (p is at 127.0.0.1:1).',
    });
  });

  it.each([
    ['a web page', 200, 'text/html', '<!doctype html><title>Welcome</title>'],
    ['a web page that says there is none', 404, 'text/html', '<h1>Not Found</h1>'],
    ['JSON of somebody else', 200, 'application/json', '{"hello":"world"}'],
  ])('tells an address where %s is', async (_, status, type, body) => {
    await using server = await startHttpServer((_request, response) => {
      response.writeHead(status, { 'content-type': type });
      response.end(body);
    });
    const error = await failureOf(check(`${server.url}/v1`));
    expect(error).toMatchObject({ reason: 'PROVIDER_RESPONSE_INVALID', status: 'INTERNAL' });
    expect(error.message).toMatch(new RegExp(`\\(p is at ${address(server.url)}\\)\\.$`));
  });

  it('tells an address whose path is wrong', async () => {
    const body = { error: { message: 'Unknown request URL', code: 'unknown_url' } };
    await using server = await startHttpServer((_, response) => answer(response, 404, body));
    const error = await failureOf(check(server.url));
    expect(error.reason).toBe('PROVIDER_RESPONSE_INVALID');
    expect(error.message).toContain(address(server.url));
  });

  it('tells a provider that is too slow', async () => {
    await using server = await startHttpServer(() => undefined);
    const error = await failureOf(check(`${server.url}/v1`, { execution: { responseTimeout: '200ms' } }));
    expect(error).toMatchObject({
      reason: 'PROVIDER_TIMEOUT',
      status: 'UNAVAILABLE',
      message: `p gave no answer within 200 ms, its response time-out (p is at ${address(server.url)}).`,
    });
  });

  it('asks past an open circuit, and leaves it as it is', async () => {
    let sound = false;
    await using server = await startHttpServer((_, response) =>
      sound ? answer(response, 200, { object: 'list', data: [] }) : answer(response, 500, {}),
    );
    const breaker = { volumeThreshold: 1, resetTimeout: '10m' };
    await using gateway = await startGateway(provider(`${server.url}/v1`, { breaker }));
    const { client } = gateway;
    await failureOf(client.complete({ model: 'p/gpt-x', prompt: 'hello', maxOutputTokens: 1 }));
    const circuit = async () =>
      (await client.admin.listProviders({})).providers.find(({ name }) => name === 'p')?.circuit;
    expect(await circuit()).toBe('CIRCUIT_STATE_OPEN');
    sound = true;
    expect((await client.admin.checkProvider({ name: 'p' })).models).toEqual([]);
    expect(await circuit()).toBe('CIRCUIT_STATE_OPEN');
  });

  it('lists the providers where it knows none of the name', async () => {
    await using gateway = await startGateway(provider('http://127.0.0.1:1/v1'));
    expect(await failureOf(gateway.client.admin.checkProvider({ name: 'q' }))).toMatchObject({
      status: 'NOT_FOUND',
      message: 'name: there is no provider "q"; there are demo, p.',
    });
  });

  it('finds the demo provider in good health', async () => {
    await using gateway = await startGateway();
    expect((await gateway.client.admin.checkProvider({ name: 'demo' })).models).toContain('demo');
  });
});

describe.each<[kind: string, said: object, refusal: { status: number; body: unknown }]>([
  ['openai', {}, { status: 401, body: { error: { code: 'invalid_api_key' } } }],
  ['openai-compatible', {}, { status: 401, body: { detail: 'Unauthorized' } }],
  ['azure-openai', {}, { status: 401, body: { error: { code: '401', message: 'Access denied' } } }],
  ['anthropic', {}, { status: 401, body: { type: 'error', error: { type: 'authentication_error' } } }],
  [
    'google',
    {},
    {
      status: 400,
      body: {
        error: {
          code: 400,
          status: 'INVALID_ARGUMENT',
          details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }],
        },
      },
    },
  ],
  ['cohere', {}, { status: 401, body: { message: 'invalid api token' } }],
  ['huggingface', {}, { status: 401, body: { error: 'Invalid username or password.' } }],
  [
    'bedrock',
    { apiKey: undefined, region: 'us-east-1', accessKeyId: 'id', secretAccessKey: key },
    { status: 403, body: { message: 'The security token included in the request is invalid.' } },
  ],
])('CheckProvider of kind %s', (kind, said, refusal) => {
  const of = (baseUrl: string) => check(baseUrl, { kind, ...said });

  it('tells a wrong key', async () => {
    await using server = await startHttpServer((_, response) =>
      answer(response, refusal.status, refusal.body),
    );
    const error = await failureOf(of(server.url));
    expect(error).toMatchObject({ reason: 'PROVIDER_CREDENTIALS_REJECTED', status: 'INTERNAL' });
    expect(error.message).toContain(`(p is at ${address(server.url)})`);
  });

  it('tells an address where nobody listens', async () => {
    expect(await failureOf(of('http://127.0.0.1:1'))).toMatchObject({ reason: 'PROVIDER_UNAVAILABLE' });
  });

  it.each([200, 404])('tells a web page of status %i', async (status) => {
    await using server = await startHttpServer((_, response) => {
      response.writeHead(status, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>Welcome</title>');
    });
    expect(await failureOf(of(server.url))).toMatchObject({ reason: 'PROVIDER_RESPONSE_INVALID' });
  });
});
