import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { delta, json } from '../../../support/fake-openai.ts';
import { nameOf, type Plan, type Reported, type Script } from './plan.ts';

/** A call as the providers see it. */
export interface Watched {
  /** Who was asked, in order. */
  readonly asked: string[];
  /** Resolves once the last of the call's requests is there, and what it is to hear before its end is on its way. */
  readonly allAsked: Promise<void>;
  /** Tells that the caller has heard what was said so far. */
  heard(): void;
  /** Lets an answer that waits go on. */
  release(): void;
}

/** Providers over real sockets that do with each request what was planned for it. */
export interface ScriptedProvider extends AsyncDisposable {
  /** Base addresses by name. */
  readonly urls: Readonly<Record<string, string>>;
  /** Awaits the requests of a call. */
  watch(plan: Plan): Watched;
}

interface Awaited {
  plan: Plan;
  asked: string[];
  allAsked: PromiseWithResolvers<void>;
  heard: PromiseWithResolvers<void>;
  released: PromiseWithResolvers<void>;
}

export async function startScriptedProvider(names: readonly string[]): Promise<ScriptedProvider> {
  const calls = new Map<string, Awaited>();
  const server = createServer(async (request, response) => {
    // What a killed gateway and callers that leave do to sockets is no concern of ours.
    request.on('error', () => {});
    response.on('error', () => {});
    const [, provider = '', , kind] = request.url?.split('/') ?? [];
    const asked = await textOf(request).catch(() => undefined);
    // Whoever left before its request was whole has asked nobody.
    if (asked === undefined) return;
    const body = JSON.parse(asked);
    const text: string = kind === 'embeddings' ? body.input[0] : body.messages.at(-1).content;
    const call = calls.get(nameOf({ text }));
    if (!call) throw new Error(`nobody planned the request "${text}"`);
    const script = call.plan.scripts[call.asked.length];
    call.asked.push(provider);
    const isLast = call.asked.length === call.plan.scripts.length;
    if (!script) return json(response, 500, {});
    const isStream = body.stream === true;
    if (isLast) call.allAsked.resolve();
    await play(script, call, { response, isStream, isEmbedding: kind === 'embeddings' });
  });
  server.on('clientError', (_, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    urls: Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:${port}/${name}/v1`])),
    watch(plan) {
      const known = calls.get(nameOf(plan));
      // A stored answer's question is asked again under the same name.
      const call: Awaited = known ?? {
        plan,
        asked: [],
        allAsked: Promise.withResolvers(),
        heard: Promise.withResolvers(),
        released: Promise.withResolvers(),
      };
      calls.set(nameOf(plan), call);
      return {
        asked: call.asked,
        allAsked: call.allAsked.promise,
        heard: call.heard.resolve,
        release: call.released.resolve,
      };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function play(
  script: Script,
  { heard, released }: Awaited,
  { response, isStream, isEmbedding }: { response: ServerResponse; isStream: boolean; isEmbedding: boolean },
): Promise<void> {
  if (script.is === 'failure') {
    const error = { message: 'no', type: 'server_error', code: null };
    return json(response, script.status, { error });
  }
  if (script.is === 'nonsense') return json(response, 200, { object: 'chat.completion' });
  if (script.is === 'answer' && script.waits) await released.promise;
  if (script.is === 'answer' && script.isSlow) await sleep(4);
  if (script.is === 'answer' && !isStream)
    return json(response, 200, isEmbedding ? vectors(script.reported) : whole(script));
  if (!isStream) return;

  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  for (const content of script.words) {
    response.write(delta({ content }));
    if (script.is === 'answer' && script.isSlow) await sleep(1);
  }
  if (script.is === 'hold') return;
  if (script.is === 'break') {
    if (script.how === 'ended') return void response.end();
    await heard.promise;
    return void response.socket?.resetAndDestroy();
  }
  response.write(sse({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
  if (script.reported) response.write(sse({ choices: [], usage: usageOf(script.reported) }));
  response.end('data: [DONE]\n\n');
}

function whole({ words, reported }: Extract<Script, { is: 'answer' }>): object {
  const message = { role: 'assistant', content: words.join('') };
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'gpt-x',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    ...(reported && { usage: usageOf(reported) }),
  };
}

function vectors(reported: Reported | undefined): object {
  return {
    data: [{ index: 0, embedding: [0.5, -0.25] }],
    ...(reported && { usage: { prompt_tokens: reported.input, total_tokens: reported.input } }),
  };
}

function usageOf({ input, cacheRead, cacheWrite, output, reasoning }: Reported): object {
  return {
    prompt_tokens: input,
    prompt_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
    completion_tokens: output,
    completion_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

function sse(body: object): string {
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', ...body })}\n\n`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
