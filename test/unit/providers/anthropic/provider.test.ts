import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CompletionEvents } from '../../../../src/completion/ports/events.ts';
import { ReasoningEffort } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { createAnthropicProvider } from '../../../../src/providers/anthropic/provider.ts';
import { providerConfig } from '../../../wire/provider-config.ts';
import { aCall } from './a-call.ts';

const KEY = 'a-key-for-tests';
const answer = {
  id: 'msg_1',
  type: 'message',
  model: 'claude-sonnet-4-5-20250929',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 3, output_tokens: 1 },
};
const events = [
  { type: 'message_start', message: { ...answer, content: [] } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hello' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
  { type: 'message_stop' },
];

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('the Anthropic provider', () => {
  it('sends its key in a header only, and asks for the version of the API that knows of sampling', async () => {
    await using server = await startMessagesServer();
    const provider = providerAt(server.url);
    await provider.complete(aCall({ prompt: 'hi', sampling: { temperature: 0.5 } }));
    await provider.close();
    const [{ url, headers, body }] = server.requests as [Request];
    expect([url, headers.authorization, headers['anthropic-version']]).toEqual([
      '/v1/messages',
      `Bearer ${KEY}`,
      '2023-06-01',
    ]);
    expect(JSON.parse(body).temperature).toBe(0.5);
    expect(url + body).not.toContain(KEY);
  });

  it('asks its own address, whatever the environment says', async () => {
    vi.stubEnv('ANTHROPIC_BASE_URL', 'http://127.0.0.1:9');
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'another');
    await using server = await startMessagesServer();
    const provider = providerAt(server.url);
    await provider.complete(aCall());
    await provider.close();
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it('asks for long whole answers, which the SDK would refuse to wait for', async () => {
    await using server = await startMessagesServer();
    const provider = providerAt(server.url);
    await provider.complete(aCall({ prompt: 'hi', maxOutputTokens: 128_000 }));
    await provider.close();
    expect(JSON.parse(server.requests[0]?.body ?? '').max_tokens).toBe(128_000);
  });

  it('writes nothing to the console, also about models that the SDK calls old', async () => {
    const written = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error'), vi.spyOn(console, 'log')];
    await using server = await startMessagesServer();
    const provider = providerAt(server.url);
    for (const model of ['claude-sonnet-4-5', 'claude-opus-4-6']) {
      await provider.complete(aCall({ prompt: 'hi', reasoning: { budgetTokens: 2000 } }, { model }));
    }
    await provider.close();
    expect(written.flatMap((spy) => spy.mock.calls)).toEqual([]);
  });

  it('tells what the response says of itself', async () => {
    await using server = await startMessagesServer();
    const provider = providerAt(server.url);
    const call = aCall();
    await provider.complete(call);
    await provider.close();
    expect(call.facts).toEqual({
      httpStatus: 200,
      requestId: 'req_1',
      responseId: 'msg_1',
      responseModel: 'claude-sonnet-4-5-20250929',
    });
  });

  it('warns of what it dropped, whole and streamed, before the content', async () => {
    await using server = await startMessagesServer();
    const provider = providerAt(server.url);
    const asked = { prompt: 'hi', sampling: { topK: 5 }, reasoning: { effort: ReasoningEffort.LOW } };
    const { warnings } = await provider.complete(aCall(asked));
    const batches: CompletionEvents[] = [];
    for await (const batch of provider.stream(aCall(asked))) batches.push(batch);
    await provider.close();
    expect(warnings.map(({ field }) => field)).toEqual(['sampling.top_k']);
    expect(batches.flat().map(({ $case }) => $case)).toEqual(['warning', 'textDelta', 'finished']);
  });

  it('keeps its connections for later calls', async () => {
    await using server = await startMessagesServer();
    const provider = providerAt(server.url);
    for (let i = 0; i < 3; i++) {
      for await (const _batch of provider.stream(aCall()));
      await provider.complete(aCall());
    }
    await provider.close();
    // The end of a stream may still be on its way when the next call begins.
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it('is known by names and address', () => {
    const provider = createAnthropicProvider({
      config: { ...providerConfig('anthropic', 'https://x'), name: 'claude', baseUrl: undefined },
      connectTimeoutMs: 5000,
      now: Date.now,
    });
    expect(provider).toMatchObject({
      name: 'claude',
      kind: 'anthropic',
      telemetryName: 'anthropic',
      endpoint: { host: 'api.anthropic.com', port: 443 },
    });
  });
});

interface Request {
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

function providerAt(url: string) {
  return createAnthropicProvider({
    config: providerConfig('anthropic', url),
    connectTimeoutMs: 5000,
    now: Date.now,
  });
}

/** Answers as it is asked, whole or in a stream. */
async function startMessagesServer() {
  const requests: Request[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    requests.push({ url: request.url ?? '', headers: request.headers, body });
    const { stream } = JSON.parse(body);
    response.setHeader('request-id', 'req_1');
    response.setHeader('content-type', stream ? 'text/event-stream' : 'application/json');
    const streamed = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    response.end(stream ? streamed.join('') : JSON.stringify(answer));
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
