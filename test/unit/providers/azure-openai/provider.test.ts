import OpenAI, { AzureOpenAI } from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import type { Provider } from '../../../../src/completion/ports/provider.ts';
import { createAzureOpenAiProvider } from '../../../../src/providers/azure-openai/provider.ts';
import { createTransport } from '../../../../src/providers/shared/transport.ts';
import { providerConfig } from '../../../wire/provider-config.ts';
import { aCall } from '../openai-api/a-call.ts';
import { type ApiServer, type SentRequest, startApiServer } from '../openai-api/api-server.ts';

const KEY = 'a-key-for-tests';
const VERSION = '2024-10-21';
const answer = { choices: [{ index: 0, message: { content: 'Hello' }, finish_reason: 'stop' }] };

const transport = createTransport({ connectTimeoutMs: 5000 });
const BY_ITSELF = { maxRetries: 0, organization: null, project: null, fetch: transport.fetch };

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.takeRequests();
});
afterAll(async () => {
  await transport.close();
  await server[Symbol.asyncDispose]();
});

describe('what Azure is sent', () => {
  it('is what the SDK sends by itself to a deployment, but for its telemetry', async () => {
    server.answerWith({ body: answer });
    await using provider = aProvider({ apiVersion: VERSION });
    for (const model of ['gpt-4o', 'o4-mini', 'with space/slash', 'gpt-4o']) {
      await provider.complete(aCall({ prompt: 'hi' }, { model }));
    }
    const ours = server.takeRequests();
    const sdk = new AzureOpenAI({ endpoint: server.url, apiKey: KEY, apiVersion: VERSION, ...BY_ITSELF });
    for (const { body } of ours) await sdk.chat.completions.create(JSON.parse(body));
    expect(ours).toEqual(server.takeRequests().map(withoutTelemetry));
    expect(ours.map(({ url }) => url)).toEqual([
      `/openai/deployments/gpt-4o/chat/completions?api-version=${VERSION}`,
      `/openai/deployments/o4-mini/chat/completions?api-version=${VERSION}`,
      `/openai/deployments/with%20space%2Fslash/chat/completions?api-version=${VERSION}`,
      `/openai/deployments/gpt-4o/chat/completions?api-version=${VERSION}`,
    ]);
    expect(ours[0]?.headers['api-key']).toBe(KEY);
  });

  it('is what the SDK sends to the undated API, but with the key in the header of Azure', async () => {
    server.answerWith({ body: answer });
    await using provider = aProvider({});
    await provider.complete(aCall({ prompt: 'hi' }, { model: 'gpt-4o' }));
    const [ours] = server.takeRequests();
    const sdk = new OpenAI({ baseURL: `${server.url}/openai/v1`, apiKey: KEY, ...BY_ITSELF });
    await sdk.chat.completions.create(JSON.parse(ours?.body ?? ''));
    const [theirs] = server.takeRequests().map(withoutTelemetry);
    const { authorization, ...headers } = theirs?.headers ?? {};
    expect(ours).toEqual({ ...theirs, headers: { ...headers, 'api-key': KEY } });
    expect([ours?.url, authorization]).toEqual(['/openai/v1/chat/completions', `Bearer ${KEY}`]);
  });

  it('names models in the body where the API of other models is asked', async () => {
    server.answerWith({ body: answer });
    await using provider = aProvider({ path: '/models', apiVersion: '2024-05-01-preview' });
    await provider.complete(aCall({ prompt: 'hi' }, { model: 'grok-4' }));
    const [{ url, headers, body }] = server.takeRequests() as [SentRequest];
    expect([url, headers['api-key'], headers.authorization, JSON.parse(body).model]).toEqual([
      '/models/chat/completions?api-version=2024-05-01-preview',
      KEY,
      undefined,
      'grok-4',
    ]);
    expect(provider.telemetryName).toBe('azure.ai.inference');
  });

  it.each([VERSION, undefined])(
    'holds a fresh token of Entra where there is no key, version %s',
    async (apiVersion) => {
      server.answerWith({ body: answer });
      vi.stubEnv('AZURE_OPENAI_API_KEY', 'a-key-of-the-environment');
      vi.stubEnv('OPENAI_API_KEY', 'a-key-of-the-environment');
      let issued = 0;
      const credential = { getToken: async () => ({ token: `token-${++issued}`, expiresOnTimestamp: 0 }) };
      await using provider = aProvider({
        apiKey: undefined,
        apiVersion,
        loadCredential: async () => credential,
      });
      await provider.complete(aCall());
      await provider.complete(aCall());
      await provider.listModels(aCall()).catch(() => {});
      const sent = server.takeRequests().map(({ headers }) => [headers.authorization, headers['api-key']]);
      expect(sent).toEqual([
        ['Bearer token-1', undefined],
        ['Bearer token-2', undefined],
        ['Bearer token-3', undefined],
      ]);
    },
  );

  it.each([
    ['responses', undefined, '/openai/v1/responses'],
    ['completions', VERSION, `/openai/deployments/gpt-4o/completions?api-version=${VERSION}`],
  ] as const)('goes to the API that is configured, %s of version %s', async (api, apiVersion, url) => {
    await using provider = aProvider({ api, apiVersion });
    await provider.complete(aCall()).catch(() => {});
    expect(server.takeRequests().map((sent) => sent.url)).toEqual([url]);
  });

  it('goes to its own address, whatever the environment says', async () => {
    server.answerWith({ body: answer });
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:9');
    vi.stubEnv('AZURE_OPENAI_ENDPOINT', 'http://127.0.0.1:9');
    vi.stubEnv('OPENAI_API_VERSION', '1999-01-01');
    await using provider = aProvider({ apiVersion: VERSION });
    await provider.complete(aCall());
    expect(server.takeRequests()[0]?.url).toContain(VERSION);
  });
});

it('knows no deployment whose name would lead elsewhere, and asks nobody', async () => {
  await using provider = aProvider({ apiVersion: VERSION });
  const thrown = await provider.complete(aCall({ prompt: 'hi' }, { model: '..' })).catch((error) => error);
  expect([thrown instanceof GatewayError && reasonName(thrown.reason), server.takeRequests()]).toEqual([
    'MODEL_NOT_FOUND',
    [],
  ]);
});

describe('what Azure answers', () => {
  // Written from Azure's documentation of content filtering; nobody recorded it.
  it('as an error of its content filter blocks the input', async () => {
    const error = {
      message:
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
      type: null,
      param: 'prompt',
      code: 'content_filter',
      status: 400,
      innererror: {
        code: 'ResponsibleAIPolicyViolation',
        content_filter_result: { hate: { filtered: true, severity: 'high' } },
      },
    };
    const thrown = await failure({ status: 400, body: { error } });
    expect([reasonName(thrown.reason), thrown.message]).toEqual([
      'CONTENT_BLOCKED',
      'azure-openai answered 400 (content_filter): its content filter refused the input.',
    ]);
  });

  it('as a limit may be tried again at once', async () => {
    const thrown = await failure({
      status: 429,
      headers: { 'retry-after': '1', 'retry-after-ms': '0' },
      body: { error: { code: 'RateLimitReached', message: 'slowly' } },
    });
    expect([reasonName(thrown.reason), thrown.details.retryAfterMs]).toEqual(['PROVIDER_RATE_LIMITED', 0]);
  });

  it.each([
    [
      401,
      { code: '401', message: 'Access denied due to invalid subscription key' },
      'PROVIDER_CREDENTIALS_REJECTED',
    ],
    [404, { code: '404', message: 'Resource not found' }, 'PROVIDER_RESPONSE_INVALID'],
    [404, { code: 'DeploymentNotFound', message: 'The API deployment does not exist.' }, 'MODEL_NOT_FOUND'],
    [
      400,
      { code: 'OperationNotSupported', message: 'does not work with the model' },
      'PROVIDER_REJECTED_REQUEST',
    ],
  ])('%s %j is %s', async (status, error, reason) => {
    expect(reasonName((await failure({ status, body: { error } })).reason)).toBe(reason);
  });

  it('is known by the id of its own gateway, where it has no other', async () => {
    const headers = { 'x-request-id': '', 'apim-request-id': 'apim_1' };
    const thrown = await failure({ status: 500, headers, body: '' });
    expect(thrown.details.providerRequestId).toBe('apim_1');
  });

  it('as models are listed', async () => {
    server.answerWith({ body: { object: 'list', data: [{ id: 'gpt-4o' }, { id: 'o4-mini' }] } });
    await using provider = aProvider({ apiVersion: VERSION });
    expect(await provider.listModels(aCall())).toEqual(['gpt-4o', 'o4-mini']);
    expect(server.takeRequests()[0]?.url).toBe(`/openai/models?api-version=${VERSION}`);
  });

  async function failure(said: { status: number; headers?: Record<string, string>; body: unknown }) {
    server.answerWith(said);
    await using provider = aProvider({ apiVersion: VERSION });
    const thrown = await provider.complete(aCall()).catch((error: unknown) => error);
    return thrown instanceof GatewayError ? thrown : expect.unreachable('it did not throw');
  }
});

function aProvider({
  path = '',
  loadCredential,
  ...said
}: {
  path?: string;
  apiKey?: undefined;
  apiVersion?: string | undefined;
  api?: 'responses' | 'completions';
  loadCredential?: NonNullable<Parameters<typeof createAzureOpenAiProvider>[1]>['loadCredential'];
}): Provider & AsyncDisposable {
  const config = { ...providerConfig('azure-openai', server.url + path), ...said };
  const provider = createAzureOpenAiProvider(
    { config, connectTimeoutMs: 5000, now: Date.now },
    loadCredential && { loadCredential },
  );
  return { ...provider, [Symbol.asyncDispose]: () => provider.close() };
}

function withoutTelemetry({ headers, ...request }: SentRequest): SentRequest {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith('x-stainless-'));
  return { ...request, headers: Object.fromEntries(kept) };
}
