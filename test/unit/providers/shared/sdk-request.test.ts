import { getEventListeners, once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Provider, ProviderCall } from '../../../../src/completion/ports/provider.ts';
import { CompleteRequest } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { createAnthropicProvider } from '../../../../src/providers/anthropic/provider.ts';
import { createOpenAiProvider } from '../../../../src/providers/openai/provider.ts';
import type { ProviderDependencies } from '../../../../src/providers/shared/dependencies.ts';
import { createTransport } from '../../../../src/providers/shared/transport.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

// The adapters have the SDK build one request and send all others after its likeness. What they send, and the errors
// that they make, are held here against the SDK's own, so that an update of it that changes either is noticed.

interface Vendor {
  kind: 'openai' | 'anthropic';
  path: string;
  create(dependencies: ProviderDependencies): Provider;
  /** Sends a body as the SDK does by itself. */
  sendBySdk(
    body: object,
    options: { apiKey: string; baseURL: string; fetch: typeof fetch },
  ): Promise<unknown>;
  answer: object;
}

const VENDORS: Vendor[] = [
  {
    kind: 'openai',
    path: '/v1',
    create: createOpenAiProvider,
    sendBySdk: (body, options) => {
      const client = new OpenAI({ ...options, maxRetries: 0, organization: null, project: null });
      return client.chat.completions.create(body as OpenAI.ChatCompletionCreateParams);
    },
    answer: { choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] },
  },
  {
    kind: 'anthropic',
    path: '/proxied',
    create: createAnthropicProvider,
    sendBySdk: (body, options) => {
      const defaultHeaders = { 'anthropic-version': '2023-06-01' };
      const client = new Anthropic({ ...options, maxRetries: 0, defaultHeaders });
      return client.messages.create(body as Anthropic.MessageCreateParams);
    },
    answer: { content: [{ type: 'text', text: 'Hello' }], stop_reason: 'end_turn' },
  },
];

describe.each(VENDORS)('asking $kind', (vendor) => {
  let server: Awaited<ReturnType<typeof startServer>>;
  const transport = createTransport({ connectTimeoutMs: 5000 });

  beforeAll(async () => {
    server = await startServer();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    server.takeRequests();
  });
  afterAll(async () => {
    await transport.close();
    await server[Symbol.asyncDispose]();
  });

  it('sends what the SDK sends by itself, but for its telemetry', async () => {
    vi.stubEnv(`${vendor.kind.toUpperCase()}_CUSTOM_HEADERS`, 'X-Tenant: blue\nX-Region: north');
    server.answerWith(200, JSON.stringify(vendor.answer));
    await using provider = aProvider();
    await provider.complete(aCall('The first.'));
    await provider.complete(aCall('Größer, and longer than the first: 🌊.'));
    const ours = server.takeRequests();

    for (const { body } of ours) await bySdk(JSON.parse(body));
    const theirs = server.takeRequests();

    expect(ours).toEqual(theirs.map(withoutTelemetry));
    expect(ours).toHaveLength(2);
    expect(ours[0]).toMatchObject({
      method: 'POST',
      headers: { authorization: 'Bearer a-key-for-tests', 'x-tenant': 'blue' },
    });
  });

  it.each([
    [400, { error: { type: 'invalid_request_error', message: 'wrong', code: 'no' } }],
    [401, { error: { type: 'authentication_error', message: 'wrong key' } }],
    [403, { message: 'no error around it', code: 'forbidden' }],
    [404, 'not found'],
    [409, []],
    [422, { error: null }],
    [429, { error: { type: 'rate_limit_error', message: 'slowly' }, request_id: 'req_2' }],
    [500, { error: { type: 'api_error', message: 'our fault' } }],
    [529, ''],
  ])('makes of %i %j the error that the SDK makes of it', async (status, said) => {
    server.answerWith(status, typeof said === 'string' ? said : JSON.stringify(said));
    await using provider = aProvider();
    const ours = await thrownBy(provider.complete(aCall()));
    const [{ body }] = server.takeRequests() as [SentRequest];
    const theirs = await thrownBy(bySdk(JSON.parse(body)));
    expect(membersOf(ours.cause)).toEqual(membersOf(theirs));
    expect(membersOf(theirs)).toMatchObject({ status, requestID: 'req_1' });
  });

  it.each([200, 400])('takes its listeners off the signal of the call after %i', async (status) => {
    server.answerWith(status, JSON.stringify(vendor.answer));
    await using provider = aProvider();
    const call = aCall();
    await provider.complete(call).catch(() => {});
    for await (const _ of failsafe(provider.stream(call)));
    expect(server.takeRequests()).toHaveLength(2);
    expect(getEventListeners(call.signal, 'abort')).toEqual([]);
  });

  it('sends nothing for a call that is over already', async () => {
    await using provider = aProvider();
    const over = { ...aCall(), signal: AbortSignal.abort() };
    await thrownBy(provider.complete(over));
    expect(server.takeRequests()).toEqual([]);
  });

  function aProvider(): Provider & AsyncDisposable {
    const config = providerConfig(vendor.kind, server.url + vendor.path);
    const provider = vendor.create({ config, connectTimeoutMs: 5000, now: Date.now });
    return { ...provider, [Symbol.asyncDispose]: () => provider.close() };
  }

  function bySdk(body: object): Promise<unknown> {
    const { apiKey = '', baseUrl: baseURL = '' } = providerConfig(vendor.kind, server.url + vendor.path);
    return vendor.sendBySdk(body, { apiKey, baseURL, fetch: transport.fetch });
  }
});

function aCall(prompt = 'hi'): ProviderCall {
  return {
    model: 'claude-or-gpt',
    request: CompleteRequest.fromPartial({ prompt, sampling: { temperature: 0.5 } }),
    options: { metadata: { order: '7' } },
    defaultMaxOutputTokens: 4096,
    signal: new AbortController().signal,
    report() {},
  };
}

interface SentRequest {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

function withoutTelemetry({ headers, ...request }: SentRequest): SentRequest {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith('x-stainless-'));
  return { ...request, headers: Object.fromEntries(kept) };
}

async function thrownBy(promise: Promise<unknown>): Promise<Error> {
  return await promise.then(
    () => expect.unreachable('it did not throw'),
    (thrown: Error) => thrown,
  );
}

/** What tells one SDK error from another. Its headers differ by the date at most. */
function membersOf(thrown: unknown): object {
  const error = thrown as InstanceType<typeof OpenAI.APIError>;
  const { status, message, requestID } = error;
  return { class: error.constructor, status, message, requestID, error: error.error };
}

/** A stream, without the error that it may end with. */
async function* failsafe<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch {}
}

/** Answers every request alike, and keeps them. */
async function startServer() {
  let answer = { status: 200, body: '' };
  let requests: SentRequest[] = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    requests.push({ method, url, headers, body });
    response.setHeader('x-request-id', 'req_1').setHeader('request-id', 'req_1');
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answerWith(status: number, body: string) {
      answer = { status, body };
    },
    takeRequests() {
      const taken = requests;
      requests = [];
      return taken;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
