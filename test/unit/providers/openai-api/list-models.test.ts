import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import { createOpenAiCompatibleProvider } from '../../../../src/providers/openai-compatible/provider.ts';
import { providerConfig } from '../../../wire/provider-config.ts';
import { refusingUrl } from '../../../wire/socket-server.ts';
import { aCall } from './a-call.ts';
import { type Answer, type ApiServer, startApiServer } from './api-server.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('listing models', () => {
  it.each<[string, unknown, string[]]>([
    ['of OpenAI', { object: 'list', data: [{ id: 'a' }, { id: 'b', owned_by: 'us' }] }, ['a', 'b']],
    ['of Together, without anything around it', [{ id: 'a' }, { id: 'b' }], ['a', 'b']],
    ['of an Ollama without any', { object: 'list', data: null }, []],
    ['that is empty', [], []],
  ])('takes a list %s', async (_whose, body, models) => {
    server.answerWith({ body });
    expect(await listModels(server.url)).toEqual(models);
    expect(server.takeRequests().map(({ method, url }) => [method, url])).toEqual([['GET', '/v1/models']]);
  });

  it.each<[string, Answer, string, string]>([
    [
      'a wrong key',
      { status: 401, body: { error: { message: 'Incorrect API key provided: sk-***' } } },
      'PROVIDER_CREDENTIALS_REJECTED',
      "openai-compatible answered 401: it does not accept the gateway's key, or wants paying.",
    ],
    [
      'an address that is no API',
      { status: 404, body: { detail: 'Not Found' } },
      'PROVIDER_RESPONSE_INVALID',
      'openai-compatible has no list of models at its address: check its baseUrl.',
    ],
    [
      'a page',
      { headers: { 'content-type': 'text/html' }, body: '<html>Welcome</html>' },
      'PROVIDER_RESPONSE_INVALID',
      "The provider's answer could not be understood: it is not JSON.",
    ],
    [
      'another API',
      { body: { version: '0.12.0' } },
      'PROVIDER_RESPONSE_INVALID',
      "The provider's answer could not be understood: it is no list of models.",
    ],
  ])('tells %s', async (_what, answer, reason, message) => {
    server.answerWith(answer);
    expect(await failureOf(server.url)).toEqual([reason, message]);
  });

  it('tells an address where nobody listens', async () => {
    expect(await failureOf(await refusingUrl())).toEqual([
      'PROVIDER_UNAVAILABLE',
      'openai-compatible refused the connection.',
    ]);
  });

  it('tells a host that there is not', async () => {
    const [reason, message] = await failureOf('http://no-such-host.invalid');
    expect(reason).toBe('PROVIDER_UNAVAILABLE');
    expect(message).toMatch(/DNS/);
  });
});

async function failureOf(url: string): Promise<string[]> {
  const thrown = await listModels(url).catch((error: unknown) => error);
  if (!(thrown instanceof GatewayError)) return expect.unreachable('it did not throw');
  return [reasonName(thrown.reason), thrown.message];
}

async function listModels(url: string): Promise<string[]> {
  const provider = createOpenAiCompatibleProvider({
    config: providerConfig('openai-compatible', `${url}/v1`),
    connectTimeoutMs: 5000,
    now: Date.now,
  });
  try {
    return await provider.listModels(aCall());
  } finally {
    await provider.close();
  }
}
