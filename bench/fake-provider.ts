import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ready } from './attached.ts';
import { TOKEN_INTERVAL_MS, TOKENS_PER_STREAM } from './sample.ts';
import { anthropic } from './wire/anthropic.ts';
import { bedrock } from './wire/bedrock.ts';
import { cohere } from './wire/cohere.ts';
import { google } from './wire/google.ts';
import { openAiChat } from './wire/openai-chat.ts';
import { openAiCompletions } from './wire/openai-completions.ts';
import { openAiResponses } from './wire/openai-responses.ts';
import { textGeneration } from './wire/text-generation.ts';
import type { Wire } from './wire/wire.ts';

// A process: a provider that speaks as each vendor does, and a collector that throws traces away. It shares its core
// with the load, so every byte that it sends is prepared.

interface Prepared extends Wire {
  wholeHeaders: Record<string, string | number>;
  streamHeaders: Record<string, string>;
  /** A stream that arrives at once. */
  burst: Buffer;
}

// The gateway's benchmark asks for the first one only.
const wires: readonly Prepared[] = [
  openAiChat,
  openAiCompletions,
  openAiResponses,
  anthropic,
  google,
  cohere,
  bedrock,
  textGeneration,
].map(prepare);

const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (data: Buffer) => chunks.push(data));
  request.on('end', () => answer(request, response, Buffer.concat(chunks)));
});
server.listen(0, '127.0.0.1', () => ready(server.address()));

function prepare(wire: Wire): Prepared {
  const { requestIdHeader, whole, streamType, opening, token, closing } = wire;
  const requestId = { [requestIdHeader]: 'req_bench' };
  return {
    ...wire,
    wholeHeaders: { 'content-type': 'application/json', 'content-length': whole.length, ...requestId },
    streamHeaders: { 'content-type': streamType, ...requestId },
    burst: Buffer.concat([opening, ...Array<Buffer>(TOKENS_PER_STREAM).fill(token), closing]),
  };
}

function answer({ url = '' }: IncomingMessage, response: ServerResponse, body: Buffer): void {
  if (url === '/v1/traces') {
    response.writeHead(200, { 'content-length': 0 }).end();
    return;
  }
  const wire = wires.find(({ address }) => address.test(url));
  if (!wire) {
    response.writeHead(404).end();
  } else if (!body.includes('"stream":true') && !/stream/i.test(url)) {
    response.writeHead(200, wire.wholeHeaders).end(wire.whole);
  } else if (body.includes('"model":"paced"')) {
    pace(wire, response.writeHead(200, wire.streamHeaders));
  } else {
    response.writeHead(200, wire.streamHeaders).end(wire.burst);
  }
}

function pace({ opening, token, closing }: Wire, response: ServerResponse): void {
  let sent = 0;
  response.write(opening);
  const timer = setInterval(() => {
    if (sent < TOKENS_PER_STREAM) response.write(token);
    else response.end(closing);
    sent += 1;
  }, TOKEN_INTERVAL_MS);
  response.on('close', () => clearInterval(timer));
}
