import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { anthropicWire } from './anthropic-wire.ts';
import { type Fault, none } from './fault.ts';
import { openAiWire } from './openai-wire.ts';
import { play, type Scene } from './play.ts';
import { type Reply, replyTo, tokensOfPrompt } from './reply.ts';
import type { Counted, Question, Wire } from './wire.ts';

/** A request as the provider got it. */
export interface Asked extends Question {
  /** Position among all requests of the provider, from 1. */
  nth: number;
  /** Position among those with the same prompt, from 1. */
  again: number;
  /** Time since the provider was started, in milliseconds. */
  at: number;
}

/** What is wrong with a request, if anything. */
export type Script = (asked: Asked) => Fault;

/** A request, and what became of it: the count that the gateway's own is compared with. */
export interface Served extends Asked, Counted {
  fault: Fault;
  /** `answered` with a whole answer; `failed` as the script said; `left` by the gateway before its end. */
  outcome: 'running' | 'answered' | 'failed' | 'left';
  /** When the response was over, by performance.now(). */
  endedAt: number | undefined;
}

/** A provider that misbehaves as it is told to, over real sockets. */
export interface FakeProvider extends AsyncDisposable {
  /** Its entry in a configuration. */
  readonly config: { kind: string; baseUrl: string; apiKey: string };
  /** Its own name of its model. */
  readonly model: string;
  /** By performance.now(). */
  readonly startedAt: number;
  /** In the order of their arrival. Free to be emptied. */
  readonly served: Served[];
  /** Connections that are open now. */
  readonly sockets: ReadonlySet<Socket>;
  /** Refuses connections from now on, and resets those that are open. */
  shut(): Promise<void>;
  /** Listens again, at the same address. */
  reopen(): Promise<void>;
}

export const healthy: Script = () => none;

/** Always the same fault. */
export function always(fault: Fault): Script {
  return () => fault;
}

/** Faults for the first requests, one each; then it is healthy. */
export function first(...faults: Fault[]): Script {
  return ({ nth }) => faults[nth - 1] ?? none;
}

/** A fault for a while from the first request on, and then health. */
export function forAWhile(ms: number, fault: Fault): Script {
  let since: number | undefined;
  return ({ at }) => {
    since ??= at;
    return at - since < ms ? fault : none;
  };
}

/** How long idle connections are kept. The gateway closes them two seconds before the time that it is told. */
const KEEP_ALIVE_MS = 3_000;

/** How long a connection is kept that never was asked anything, since its call was over before. */
const UNUSED_MS = 2_000;

/** Starts a provider on a free port. It speaks as OpenAI does, or as Anthropic does, whose model takes a prefill. */
export async function startFakeProvider({
  speaks = 'openai',
  script = healthy,
  intervalMs = 1,
}: {
  speaks?: 'openai' | 'anthropic';
  script?: Script;
  /** Between two pieces of a stream. */
  intervalMs?: number;
} = {}): Promise<FakeProvider> {
  const wire = WIRES[speaks];
  const startedAt = performance.now();
  const served: Served[] = [];
  const sockets = new Set<Socket>();
  const askedBefore = new Map<string, number>();
  let nth = 0;

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, async (request, response) => {
    // Its list of models, which is asked for to see whether it is there.
    if (request.method === 'GET') {
      response.end('{"data":[]}');
      return;
    }
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      // Left before it was asked.
      return;
    }
    await answer(wire.read(JSON.parse(Buffer.concat(chunks).toString())), response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    const unused = setTimeout(() => socket.destroy(), UNUSED_MS);
    socket.once('data', () => clearTimeout(unused));
    socket.once('close', () => {
      clearTimeout(unused);
      sockets.delete(socket);
    });
  });
  const port = await listen(0);

  return {
    config: { kind: wire.kind, baseUrl: `http://127.0.0.1:${port}${wire.basePath}`, apiKey: 'key-for-tests' },
    model: wire.model,
    startedAt,
    served,
    sockets,
    shut,
    async reopen() {
      await listen(port);
    },
    [Symbol.asyncDispose]: shut,
  };

  async function listen(wanted: number): Promise<number> {
    await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  async function shut(): Promise<void> {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  }

  async function answer(question: Question, response: ServerResponse): Promise<void> {
    const one = arrived(question);
    served.push(one);
    response.once('close', () => {
      one.endedAt = performance.now();
      if (one.outcome === 'running') one.outcome = 'left';
    });
    const scene: Scene = {
      wire,
      fault: one.fault,
      question,
      reply: leftToSay(one),
      counted: one,
      intervalMs,
    };
    const isWhole = await play(scene, response).catch(() => undefined);
    if (isWhole) one.outcome = 'answered';
    // A connection that stays open is still to be left.
    else if (isWhole === false && !isHeld(one.fault)) one.outcome = 'failed';
  }

  function arrived(question: Question): Served {
    nth += 1;
    const again = (askedBefore.get(question.prompt) ?? 0) + 1;
    askedBefore.set(question.prompt, again);
    const asked = { ...question, nth, again, at: performance.now() - startedAt };
    const inputTokens = tokensOfPrompt(question.prompt);
    return {
      ...asked,
      fault: script(asked),
      inputTokens,
      outputTokens: 0,
      outcome: 'running',
      endedAt: undefined,
    };
  }
}

const WIRES: Record<'openai' | 'anthropic', Wire> = { openai: openAiWire, anthropic: anthropicWire };

function isHeld({ is }: Fault): boolean {
  return is === 'silent' || is === 'stalled';
}

/** What remains of the reply behind what the request begins of it. A beginning that is not the reply's is not continued. */
function leftToSay({ prompt, prefix, fault, ...wishes }: Served): Reply {
  const reply = replyTo(prompt, wishes);
  if (prefix === '') return reply;
  const text = reply.text.join('');
  if (!text.startsWith(prefix)) return { ...reply, text: ['[this is not how the answer began]'] };
  const repeated = fault.is === 'repeats' ? lastWords(prefix, fault.words) : '';
  const pieces = piecesBehind(reply.text, prefix.length);
  return { ...reply, text: repeated === '' ? pieces : [repeated, ...pieces] };
}

function piecesBehind(pieces: readonly string[], length: number): string[] {
  let at = 0;
  return pieces.flatMap((piece) => {
    const rest = piece.slice(Math.max(0, length - at));
    at += piece.length;
    return rest === '' ? [] : [rest];
  });
}

/**
 * The last words of a text, a few more where they hold no three letters: what little is said twice may be meant twice,
 * and the gateway leaves it alone (src/routing/trim-overlap.ts).
 */
function lastWords(text: string, count: number): string {
  const words = text.match(/\s*\S+/g) ?? [];
  for (let taken = Math.min(count, words.length); taken <= words.length; taken += 1) {
    const last = words.slice(words.length - taken).join('');
    if ((last.match(/\p{L}/gu)?.length ?? 0) >= 3) return last;
  }
  return '';
}
