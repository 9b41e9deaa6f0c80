import { CohereClientV2 } from 'cohere-ai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { reasonName } from '../../../../src/completion/error.ts';
import type { CompletionEvents } from '../../../../src/completion/ports/events.ts';
import { Role } from '../../../../src/gen/sluice/v1/message.ts';
import { createCohereProvider } from '../../../../src/providers/cohere/provider.ts';
import { providerConfig } from '../../../wire/provider-config.ts';
import { aCall, bytes, media, message, text, toolCall, toolResult } from './a-call.ts';
import { providerAt, type ServedRequest, startCohereServer } from './cohere-server.ts';

const KEY = 'a-key-for-tests';
const answer = {
  id: 'id-1',
  message: { role: 'assistant', content: [{ type: 'text', text: 'Hello' }] },
  finish_reason: 'COMPLETE',
  usage: { tokens: { input_tokens: 3, output_tokens: 1 } },
};
const events = [
  { type: 'message-start', id: 'id-1', delta: { message: { role: 'assistant', content: [] } } },
  { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: 'Hello' } } } },
  { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: answer.usage } },
];

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('the Cohere provider', () => {
  it('sends what the SDK sends by itself, but for its telemetry', async () => {
    await using server = await startChatServer();
    await using provider = providerAt(`${server.url}/proxied`);
    const call = aCall({
      messages: [
        message(Role.SYSTEM, text('Be brief.')),
        message(
          Role.USER,
          media('image', { mediaType: 'image/png', source: bytes('x') }),
          text('Größer: 🌊'),
        ),
        message(Role.ASSISTANT, text('I will.'), toolCall('a', 'add', '{"x_y":1}')),
        message(Role.TOOL, toolResult('a', '2')),
        message(
          Role.USER,
          media('document', { mediaType: 'application/json', source: bytes('{"a_b":1,"cD":2}') }),
        ),
      ],
      tools: [
        {
          name: 'add',
          parameters: '{"type":"object","properties":{"x_y":{"type":"integer"}}}',
          strict: true,
        },
      ],
      maxOutputTokens: 9,
      sampling: { topK: 3, stop: ['END'] },
      reasoning: { budgetTokens: 1000 },
    });
    await provider.complete(call);
    await provider.complete(call);
    const bySdk = new CohereClientV2({ token: KEY, environment: `${server.url}/proxied`, maxRetries: 0 });
    await bySdk.chat(camelCased(JSON.parse(server.requests[0]?.body ?? '')));
    const [first, again, sdk] = server.requests.map(comparable);
    expect(first).toEqual(sdk);
    expect(again).toEqual(sdk);
  });

  it('sends its key in a header only', async () => {
    await using server = await startChatServer();
    await using provider = providerAt(server.url);
    await provider.complete(aCall());
    const [{ url, headers, body }] = server.requests as [ServedRequest];
    expect([url, headers.authorization]).toEqual(['/v2/chat', `Bearer ${KEY}`]);
    expect(url + body).not.toContain(KEY);
  });

  it('sends no key where it has none, whatever the environment says', async () => {
    vi.stubEnv('CO_API_KEY', 'another');
    await using server = await startChatServer();
    const provider = createCohereProvider({
      config: { ...providerConfig('cohere', server.url), apiKey: undefined },
      connectTimeoutMs: 5000,
      now: Date.now,
    });
    await provider.complete(aCall());
    await provider.close();
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it.each(['', '/', '/v1', '/v2/'])('takes a base URL that ends in "%s"', async (end) => {
    await using server = await startChatServer();
    await using provider = providerAt(`${server.url}/proxied${end}`);
    await provider.complete(aCall());
    expect(server.requests[0]?.url).toBe('/proxied/v2/chat');
  });

  it('tells what the response says of itself', async () => {
    await using server = await startChatServer();
    await using provider = providerAt(server.url);
    const call = aCall();
    await provider.complete(call);
    expect(call.facts).toEqual({ httpStatus: 200, requestId: 'trace-1', responseId: 'id-1' });
  });

  it('warns of what it changed, whole and streamed, before the content', async () => {
    await using server = await startChatServer();
    await using provider = providerAt(server.url);
    const asked = { prompt: 'hi', sampling: { topP: 1 } };
    const { warnings } = await provider.complete(aCall(asked));
    const batches: CompletionEvents[] = [];
    for await (const batch of provider.stream(aCall(asked))) batches.push(batch);
    expect(warnings.map(({ field }) => field)).toEqual(['sampling.top_p']);
    expect(batches.flat().map(({ $case }) => $case)).toEqual(['warning', 'textDelta', 'finished']);
  });

  it('writes nothing to the console, and keeps its connections for later calls', async () => {
    const written = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error'), vi.spyOn(console, 'log')];
    await using server = await startChatServer();
    await using provider = providerAt(server.url);
    for (let i = 0; i < 3; i++) {
      for await (const _batch of provider.stream(aCall()));
      await provider.complete(aCall());
    }
    expect(written.flatMap((spy) => spy.mock.calls)).toEqual([]);
    // The end of a stream may still be on its way when the next call begins.
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it('is known by names and address', () => {
    const provider = createCohereProvider({
      config: { ...providerConfig('cohere', 'https://x'), name: 'command', baseUrl: undefined },
      connectTimeoutMs: 5000,
      now: Date.now,
    });
    expect(provider).toMatchObject({
      name: 'command',
      kind: 'cohere',
      telemetryName: 'cohere',
      endpoint: { host: 'api.cohere.com', port: 443 },
    });
  });
});

describe('listing the models of Cohere', () => {
  const signal = new AbortController().signal;

  it('reads all pages', async () => {
    await using server = await startCohereServer(({ url }) => ({
      body: url.includes('page_token')
        ? { models: [{ name: 'embed-v4.0', endpoints: ['embed'] }] }
        : { models: [{ name: 'command-a-03-2025' }, { is_deprecated: true }], next_page_token: 'a&b' },
    }));
    await using provider = providerAt(server.url);
    expect(await provider.listModels({ signal })).toEqual(['command-a-03-2025', 'embed-v4.0']);
    expect(server.requests.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', '/v1/models?page_size=1000', ''],
      ['GET', '/v1/models?page_size=1000&page_token=a%26b', ''],
    ]);
    expect(server.requests[1]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it.each([
    ['a wrong key', 401, { message: 'invalid api token' }, 'PROVIDER_CREDENTIALS_REJECTED'],
    ['a page', 200, '<html>Welcome</html>', 'PROVIDER_RESPONSE_INVALID'],
    ['something else', 200, { data: [] }, 'PROVIDER_RESPONSE_INVALID'],
    ['nothing there', 404, 'Not Found', 'PROVIDER_RESPONSE_INVALID'],
  ])('tells %s from other faults', async (_, status, body, reason) => {
    await using server = await startCohereServer(() => ({ status, body }));
    await using provider = providerAt(server.url);
    const failed = await provider.listModels({ signal }).catch((error) => reasonName(error.reason));
    expect(failed).toBe(reason);
  });
});

describe('counting tokens by Cohere', () => {
  it('has the text of an embedding model cut up', async () => {
    await using server = await startCohereServer(() => ({ body: { tokens: [1, 2, 3], token_strings: [] } }));
    await using provider = providerAt(server.url);
    expect(await provider.countTokens?.(aCall({ prompt: 'hi' }, { model: 'embed-v4.0' }))).toBe(3);
    expect(server.requests.map(({ url, body }) => [url, JSON.parse(body)])).toEqual([
      ['/v1/tokenize', { model: 'embed-v4.0', text: 'hi' }],
    ]);
  });

  it.each([
    ['a conversation', { prompt: 'hi' }, {}],
    ['several texts', { prompt: 'hi', messages: [message(Role.USER, text('ho'))] }, { model: 'embed-v4.0' }],
    ['a text beyond its limit', { prompt: 'x'.repeat(65_537) }, { model: 'embed-v4.0' }],
  ])('does not count %s, of which it would not be exact', async (_, request, said) => {
    await using server = await startCohereServer(() => ({ body: { tokens: [] } }));
    await using provider = providerAt(server.url);
    expect(await provider.countTokens?.(aCall(request, said))).toBeUndefined();
    expect(server.requests).toEqual([]);
  });
});

function startChatServer() {
  return startCohereServer(({ body }) => {
    const stream = JSON.parse(body).stream;
    const written = events
      .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      .join('');
    return {
      headers: { 'x-debug-trace-id': 'trace-1', ...(stream && { 'content-type': 'text/event-stream' }) },
      body: stream ? `${written}data: [DONE]\n\n` : answer,
    };
  });
}

function comparable({ method, url, headers, body }: ServedRequest) {
  // What the HTTP clients add by themselves, and the SDK's telemetry.
  const own = /^(x-fern-|connection$|host$|content-length$|transfer-encoding$|accept-|sec-fetch-)/;
  const sent = Object.entries(headers).filter(([name]) => !own.test(name));
  return { method, url, headers: Object.fromEntries(sent), body: JSON.parse(body) };
}

/** A body in the words of the SDK, except where its members are the caller's own. */
function camelCased(body: object): Parameters<CohereClientV2['chat']>[0] {
  const own = new Set(['parameters', 'data']);
  const inner = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inner);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
        own.has(key) ? member : inner(member),
      ]),
    );
  };
  const { stream: _, ...request } = inner(body) as Parameters<CohereClientV2['chat']>[0] & {
    stream: boolean;
  };
  return request;
}
