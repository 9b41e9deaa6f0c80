import { StringDecoder } from 'node:string_decoder';
import type { handleServerStreamingCall, handleUnaryCall } from '@grpc/grpc-js';
import { Pool } from 'undici';
import type {
  CompleteRequest,
  CompleteResponse,
  StreamCompleteResponse,
} from '../src/gen/sluice/v1/completion_service.ts';
import { chatBody, wholeAnswer } from './floor-answer.ts';
import { serve } from './serve.ts';

// A process: the composite floor. gRPC in, HTTP out, the JSON decoded and an answer encoded; no errors, limits,
// cache, traces or anything else that makes a gateway.

const [origin = ''] = process.argv.slice(2);
const pool = new Pool(origin, { connections: 1024, headersTimeout: 0, bodyTimeout: 0 });

const complete: handleUnaryCall<CompleteRequest, CompleteResponse> = ({ request }, send) => {
  let body = '';
  const decoder = new StringDecoder();
  post(chatBody(request, false), {
    onData: (chunk) => {
      body += decoder.write(chunk);
    },
    onEnd: () => {
      const answer: { choices: { message: { content: string } }[] } = JSON.parse(body);
      send(null, wholeAnswer(request.model, answer.choices[0]?.message.content ?? ''));
    },
    onError: send,
  });
};

const streamComplete: handleServerStreamingCall<CompleteRequest, StreamCompleteResponse> = (call) => {
  let sequence = 0;
  let rest = '';
  const decoder = new StringDecoder();
  post(chatBody(call.request, true), {
    onData: (chunk) => {
      const lines = (rest + decoder.write(chunk)).split('\n\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const text = textOf(line.slice('data: '.length));
        if (text) call.write({ sequence: ++sequence, event: { $case: 'textDelta', value: { text } } });
      }
    },
    onEnd: () => call.end(),
    onError: (error) => call.destroy(error),
  });
};

serve({ complete, streamComplete });

function textOf(data: string): string | undefined {
  if (data === '[DONE]') return undefined;
  const chunk: { choices: { delta: { content?: string } }[] } = JSON.parse(data);
  return chunk.choices[0]?.delta.content;
}

interface BodyHandler {
  onData(chunk: Buffer): void;
  onEnd(): void;
  onError(error: Error): void;
}

function post(body: string, { onData, onEnd, onError }: BodyHandler): void {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer bench' };
  pool.dispatch(
    { method: 'POST', path: '/v1/chat/completions', headers, body },
    {
      onRequestStart: () => {},
      onResponseStart: () => {},
      onResponseData: (_controller, chunk) => onData(chunk),
      onResponseEnd: onEnd,
      onResponseError: (_controller, error) => onError(error),
    },
  );
}
