import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CompletionEvents } from '../../../../src/completion/ports/events.ts';
import type { ResponseFacts } from '../../../../src/completion/ports/provider.ts';
import { createGoogleProvider } from '../../../../src/providers/google/provider.ts';
import { providerConfig } from '../../../wire/provider-config.ts';
import { aProviderCall } from './google-request.ts';

const whole = {
  responseId: 'r1',
  candidates: [{ content: { parts: [{ text: 'Hello' }] }, finishReason: 'STOP' }],
};
const requests: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[] = [];
const server = createServer((request, response) => {
  requests.push(request);
  request.resume();
  const streamed = request.url?.includes('streamGenerateContent');
  response.setHeader('content-type', streamed ? 'text/event-stream' : 'application/json');
  response.end(streamed ? `data: ${JSON.stringify(whole)}\r\n\r\n` : JSON.stringify(whole));
});
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => {
  requests.length = 0;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('the provider google', () => {
  it('sends its key in a header, and nowhere else', async () => {
    await complete(url, 'gemini-3-flash');
    await stream(url, 'gemini-3-flash');
    const keys = requests.map(({ headers }) => headers['x-goog-api-key']);
    expect(keys).toEqual(['a-key-for-tests', 'a-key-for-tests']);
    const elsewhere = requests.map(({ url: path, headers }) => ({ path, ...headers, 'x-goog-api-key': '' }));
    expect(JSON.stringify(elsewhere)).not.toContain('a-key-for-tests');
  });

  it.each([
    ['', 'gemini-3-flash', '/v1beta/models/gemini-3-flash:'],
    ['', 'models/gemini-3-flash', '/v1beta/models/gemini-3-flash:'],
    ['', 'tunedModels/mine', '/v1beta/tunedModels/mine:'],
    ['', 'gemini?x=1#y', '/v1beta/models/gemini%3Fx%3D1%23y:'],
    ['/v1beta', 'gemini-3-flash', '/v1beta/models/gemini-3-flash:'],
    ['/v1', 'gemini-3-flash', '/v1/models/gemini-3-flash:'],
    ['/proxy/google', 'gemini-3-flash', '/proxy/google/v1beta/models/gemini-3-flash:'],
    [
      '/v1/projects/p/locations/l/publishers/google',
      'gemini-3-flash',
      '/v1/projects/p/locations/l/publishers/google/models/gemini-3-flash:',
    ],
  ])('finds, below the base URL "%s", the model %s at %s', async (path, model, expected) => {
    await complete(`${url}${path}`, model);
    await stream(`${url}${path}`, model);
    expect(requests.map(({ method, url: asked }) => `${method} ${asked}`)).toEqual([
      `POST ${expected}generateContent`,
      `POST ${expected}streamGenerateContent?alt=sse`,
    ]);
  });

  it('tells what the response told, as soon as it is known', async () => {
    expect(await complete(url, 'm')).toEqual([{ httpStatus: 200 }, { responseId: 'r1' }]);
    expect((await stream(url, 'm')).facts).toEqual([{ httpStatus: 200 }, { responseId: 'r1' }]);
  });

  it('warns before it says anything else', async () => {
    const { batches } = await stream(url, 'm', {
      tools: [{ name: 'now' }],
      toolChoice: { disableParallel: true },
    });
    expect(batches.map((batch) => batch.map(({ $case }) => $case))).toEqual([
      ['warning'],
      ['textDelta'],
      ['finished'],
    ]);
  });

  it('takes a stream that came as one list', async () => {
    const list = JSON.stringify([{ candidates: [{ content: { parts: [{ text: 'Hel' }] } }] }, whole]);
    await using proxy = await startServer('application/json', list);
    const { batches } = await stream(proxy.url, 'm');
    expect(batches.flat().map(({ $case }) => $case)).toEqual(['textDelta', 'textDelta', 'finished']);
  });

  it('leaves nothing on the signal of a call', async () => {
    const added: string[] = [];
    const { signal } = new AbortController();
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      added.push('on');
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      added.push('off');
      remove(...args);
    };
    const provider = aProvider(url);
    await provider.complete(aProviderCall({ prompt: 'hi' }, { signal }));
    await provider.close();
    expect(added).toEqual(['on', 'off']);
  });

  it('asks the default address of Gemini', () => {
    const { baseUrl: _, ...config } = providerConfig('google', '');
    const { endpoint } = createGoogleProvider({
      config: { ...config, baseUrl: undefined },
      connectTimeoutMs: 5000,
      now: Date.now,
    });
    expect(endpoint).toEqual({ host: 'generativelanguage.googleapis.com', port: 443 });
  });

  it('is known by the name of the API that it asks', () => {
    expect(aProvider('https://generativelanguage.googleapis.com').telemetryName).toBe('gcp.gemini');
    expect(aProvider('https://aiplatform.googleapis.com').telemetryName).toBe('gcp.vertex_ai');
  });
});

function aProvider(baseUrl: string) {
  return createGoogleProvider({
    config: providerConfig('google', baseUrl),
    connectTimeoutMs: 5000,
    now: Date.now,
  });
}

async function complete(baseUrl: string, model: string): Promise<ResponseFacts[]> {
  const facts: ResponseFacts[] = [];
  const provider = aProvider(baseUrl);
  await provider.complete(aProviderCall({ prompt: 'hi' }, { model, report: (told) => facts.push(told) }));
  await provider.close();
  return facts;
}

async function stream(baseUrl: string, model: string, said: Parameters<typeof aProviderCall>[0] = {}) {
  const facts: ResponseFacts[] = [];
  const batches: CompletionEvents[] = [];
  const provider = aProvider(baseUrl);
  const call = aProviderCall({ prompt: 'hi', ...said }, { model, report: (told) => facts.push(told) });
  for await (const batch of provider.stream(call)) batches.push(batch);
  await provider.close();
  return { facts, batches: batches.filter((batch) => batch.length > 0) };
}

async function startServer(contentType: string, body: string): Promise<AsyncDisposable & { url: string }> {
  const other = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', contentType);
    response.end(body);
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(other.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      other.closeAllConnections();
      await new Promise((resolve) => other.close(resolve));
    },
  };
}
