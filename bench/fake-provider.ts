import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ready } from './attached.ts';
import { ANSWER, TOKEN, TOKEN_INTERVAL_MS, TOKENS_PER_STREAM } from './sample.ts';

// A process: a provider that speaks OpenAI's chat completions, and a collector that throws traces away. It shares
// its core with the load, so every byte that it sends is prepared.

const wholeAnswer = Buffer.from(
  JSON.stringify({
    ...envelope('chat.completion'),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: ANSWER, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: usage(),
  }),
);
const wholeHeaders = {
  'content-type': 'application/json',
  'content-length': wholeAnswer.length,
  'x-request-id': 'req_bench',
};
const streamHeaders = { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_bench' };

const opening = chunk({ role: 'assistant', content: '', refusal: null });
const token = chunk({ content: TOKEN });
const closing = Buffer.concat([chunk({}, 'stop'), usageChunk(), Buffer.from('data: [DONE]\n\n')]);
const burst = Buffer.concat([opening, ...Array<Buffer>(TOKENS_PER_STREAM).fill(token), closing]);

const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (data: Buffer) => chunks.push(data));
  request.on('end', () => answer(request, response, Buffer.concat(chunks)));
});
server.listen(0, '127.0.0.1', () => ready(server.address()));

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  if (request.url === '/v1/traces') {
    response.writeHead(200, { 'content-length': 0 }).end();
  } else if (!body.includes('"stream":true')) {
    response.writeHead(200, wholeHeaders).end(wholeAnswer);
  } else if (body.includes('"model":"burst"')) {
    response.writeHead(200, streamHeaders).end(burst);
  } else {
    pace(response.writeHead(200, streamHeaders));
  }
}

function pace(response: ServerResponse): void {
  let sent = 0;
  response.write(opening);
  const timer = setInterval(() => {
    if (sent < TOKENS_PER_STREAM) response.write(token);
    else response.end(closing);
    sent += 1;
  }, TOKEN_INTERVAL_MS);
  response.on('close', () => clearInterval(timer));
}

function chunk(delta: object, finishReason: string | null = null): Buffer {
  return serverSentEvent({
    ...envelope('chat.completion.chunk'),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    usage: null,
  });
}

function usageChunk(): Buffer {
  return serverSentEvent({ ...envelope('chat.completion.chunk'), choices: [], usage: usage() });
}

function serverSentEvent(data: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(data)}\n\n`);
}

function envelope(object: string) {
  return {
    id: 'chatcmpl-Bench0123456789abcdefghij',
    object,
    created: 1_750_000_000,
    model: 'bench-2025-06-15',
    service_tier: 'default',
    system_fingerprint: 'fp_0123456789',
  };
}

function usage() {
  return {
    prompt_tokens: 260,
    completion_tokens: 220,
    total_tokens: 480,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
}
