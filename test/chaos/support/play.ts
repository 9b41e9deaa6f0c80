import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Place, VendorError } from './fault.ts';
import type { Reply } from './reply.ts';
import type { Closing, Counted, Question, Wire } from './wire.ts';

/** One request, and what is to become of it. */
export interface Scene {
  wire: Wire;
  fault: Fault;
  question: Question;
  /** What is left to say, where the request begins the answer. */
  reply: Reply;
  /** Grows with each piece that is sent. */
  counted: Counted;
  intervalMs: number;
}

/** What is sent before a break comes in a read of its own, and is not lost with the connection. */
const BREATH_MS = 15;

const EVENT_STREAM = { 'content-type': 'text/event-stream', 'x-request-id': 'req-1', 'request-id': 'req-1' };
const JSON_BODY = { ...EVENT_STREAM, 'content-type': 'application/json' };

const PREFILL_REFUSAL: VendorError = {
  type: 'invalid_request_error',
  code: null,
  message:
    'This model does not support assistant message prefill. The conversation must end with a user message.',
};

/**
 * Answers a request, with its fault. Resolves to whether a whole answer was sent; a connection that is to stay silent
 * stays open. Rejects once the other side has closed it.
 */
export async function play(scene: Scene, response: ServerResponse): Promise<boolean> {
  const { wire, fault, question } = scene;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const wait = (ms: number) => sleep(ms, undefined, { signal: gone.signal });

  switch (fault.is) {
    case 'reset':
      if (fault.when === 'after headers') {
        response.writeHead(200, question.streamed ? EVENT_STREAM : JSON_BODY).flushHeaders();
        await wait(BREATH_MS);
      }
      response.socket?.resetAndDestroy();
      return false;
    case 'silent':
      return false;
    case 'refused':
      send(fault.status, wire.error(fault.error), { ...JSON_BODY, ...fault.headers });
      return false;
    case 'page':
      send(fault.status, '<html><body>Welcome</body></html>', { 'content-type': 'text/html' });
      return false;
    case 'empty':
      send(200, '', JSON_BODY);
      return false;
  }
  // No model of the vendor's takes one while it thinks.
  if (question.prefix !== '' && (fault.is === 'refuses prefill' || question.reasons)) {
    send(400, wire.error(PREFILL_REFUSAL), JSON_BODY);
    return false;
  }
  return question.streamed ? await stream() : await whole();

  function send(status: number, body: string, headers: Record<string, string>): void {
    response.writeHead(status, headers).end(body);
  }

  async function whole(): Promise<boolean> {
    const { reply, counted } = scene;
    const body = Buffer.from(wire.whole(reply, closing()));
    const half = body.subarray(0, body.length / 2);
    switch (fault.is) {
      case 'slow':
        await wait(fault.ms);
        break;
      case 'error inside':
        send(200, wire.error(fault.error), JSON_BODY);
        return false;
      case 'malformed':
        send(200, half.toString(), JSON_BODY);
        return false;
      case 'stalled':
      case 'cut':
        response.writeHead(200, { ...JSON_BODY, 'content-length': body.length }).write(half);
        if (fault.is === 'cut') await breakOff(fault.how);
        return false;
    }
    counted.outputTokens = closing().outputTokens;
    send(200, body.toString(), JSON_BODY);
    return true;
  }

  async function stream(): Promise<boolean> {
    const { reply, counted, intervalMs } = scene;
    response.writeHead(200, EVENT_STREAM).flushHeaders();
    response.write(wire.opening(counted));
    if (fault.is === 'slow') await wait(fault.ms);
    const breaksAfter = 'after' in fault ? positionOf(fault.after, reply) : Number.POSITIVE_INFINITY;
    for (const [nth, piece] of wire.pieces(reply).entries()) {
      if (nth >= breaksAfter) break;
      counted.outputTokens += 1;
      response.write(piece);
      await wait(intervalMs);
    }
    switch (fault.is) {
      case 'cut':
        await breakOff(fault.how);
        return false;
      case 'stalled':
        return false;
      case 'malformed':
        response.end('data: {"half\n\n');
        return false;
      case 'error inside':
        response.end(wire.errorEvent(fault.error));
        return false;
      case 'unended':
        if (fault.lacks === 'mark') response.write(wire.closing(closing(), reply));
        response.end();
        return fault.lacks === 'mark';
    }
    response.end(wire.closing(closing(), reply) + wire.mark);
    return true;
  }

  function closing(): Closing {
    const { inputTokens, outputTokens } = scene.counted;
    const { reasoning, text, toolArguments } = scene.reply;
    return {
      filtered: fault.is === 'filtered',
      inputTokens,
      outputTokens: question.streamed ? outputTokens : reasoning.length + text.length + toolArguments.length,
    };
  }

  async function breakOff(how: (Fault & { is: 'cut' })['how']): Promise<void> {
    await wait(BREATH_MS);
    if (how === 'inside an event') response.write('data: {"half":');
    // A byte short of it.
    if (how === 'inside a character') response.write(Buffer.from('data: {"half":"€').subarray(0, -1));
    if (how === 'reset') response.socket?.resetAndDestroy();
    // Without the last chunk, or with fewer bytes than were announced.
    else response.socket?.end();
  }
}

function positionOf(place: Place, { reasoning, text, toolArguments }: Reply): number {
  if (place === 'reasoning') return Math.ceil(reasoning.length / 2);
  if (place === 'tool call') return reasoning.length + text.length + Math.ceil(toolArguments.length / 2);
  // Whatever is asked for, a break leaves something unsaid.
  return Math.min(place, reasoning.length + text.length + toolArguments.length - 1);
}
