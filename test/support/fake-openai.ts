import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A request as the fake provider got it. */
export interface ReceivedRequest {
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
  /** Resolves with the time, by performance.now(), at which the caller's side closed the connection early. */
  closed: Promise<number>;
}

export interface FakeOpenAi extends AsyncDisposable {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  /** How many connections to it are open. */
  connections(): Promise<number>;
}

/** How to answer one request; `respond` is free to be slow, or never to end. */
export type Respond = (request: ReceivedRequest, response: ServerResponse) => unknown;

/** A server that speaks as much of OpenAI's chat API as tests need, over real sockets. */
export async function startFakeOpenAi(respond: Respond): Promise<FakeOpenAi> {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const closed = new Promise<number>((resolve) => {
      response.on('close', () => {
        if (!response.writableFinished) resolve(performance.now());
      });
    });
    const body = JSON.parse(Buffer.concat(chunks).toString());
    const request = { path: incoming.url ?? '', headers: incoming.headers, body, closed };
    requests.push(request);
    await respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    connections: promisify(server.getConnections.bind(server)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with the text, whole or streamed as the request wants it, word by word. */
export function says(text: string, { intervalMs = 0 }: { intervalMs?: number } = {}): Respond {
  return async ({ body }, response) => {
    if (!body['stream']) return json(response, 200, wholeAnswer(text));
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req-1' });
    for (const word of text.match(/\s*\S+/g) ?? []) {
      response.write(delta({ content: word }));
      if (intervalMs > 0) await sleep(intervalMs);
    }
    response.write(event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
    response.write(event({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } }));
    response.end('data: [DONE]\n\n');
  };
}

/** Fails with the status, and OpenAI's form of an error. */
export function fails(status: number, headers: Record<string, string> = {}): Respond {
  return (_, response) =>
    json(
      response,
      status,
      { error: { message: 'sorry, secret-body', type: 'server_error', code: null } },
      headers,
    );
}

/** Says some words and then nothing more, or never anything. */
export function stalls(words: readonly string[] = []): Respond {
  return ({ body }, response) => {
    if (!body['stream']) return;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    for (const word of words) response.write(delta({ content: word }));
  };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-1', ...headers });
  response.end(JSON.stringify(body));
}

export function delta(value: object): string {
  return event({ choices: [{ index: 0, delta: value, finish_reason: null }] });
}

function event(body: object): string {
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-x', ...body })}\n\n`;
}

function wholeAnswer(content: string) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'gpt-x',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  };
}
