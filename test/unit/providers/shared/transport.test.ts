import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ConnectTimeout } from '../../../../src/providers/shared/connect-timeout.ts';
import { leanResponse } from '../../../../src/providers/shared/response.ts';
import { createTransport, targetOf } from '../../../../src/providers/shared/transport.ts';
import { startFullListener } from '../../../wire/full-listener.ts';
import { chunk, head, LAST_CHUNK, refusingUrl, startSocketServer } from '../../../wire/socket-server.ts';

// Each behaviour of fetch that an SDK or an adapter relies on is asked of the global fetch and of ours.

const transport = createTransport({ connectTimeoutMs: 2000 });
const FETCHES = [
  { named: 'the global fetch', fetch: globalThis.fetch },
  { named: 'the transport', fetch: transport.fetch },
];
const open: AsyncDisposable[] = [];

afterAll(() => transport.close());

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server[Symbol.asyncDispose]()));
});

async function serve(respond: (socket: Socket) => void) {
  const server = await startSocketServer(respond);
  open.push(server);
  return server;
}

async function thrownBy(
  promise: Promise<unknown>,
): Promise<{ name: string; message: string; code: unknown }> {
  const error = await promise.then(
    () => expect.unreachable('it did not throw'),
    (thrown: Error & { cause?: { code?: unknown } }) => thrown,
  );
  return { name: error.name, message: error.message, code: error.cause?.code };
}

async function read(response: Response): Promise<string> {
  let text = '';
  // A real body yields bytes, ours Buffers.
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(piece).toString();
  }
  return text;
}

for (const { named, fetch } of FETCHES) {
  describe(`${named}`, () => {
    it('sends method, headers and body, and gives status, headers and body back', async () => {
      const server = createServer(async (request, response) => {
        const pieces: Buffer[] = [];
        for await (const piece of request) pieces.push(piece);
        response.writeHead(200, { 'X-Request-Id': 'r1', 'Set-Cookie': ['a=1', 'b=2'] });
        response.end(
          JSON.stringify([request.method, request.url, request.headers['x-key'], `${Buffer.concat(pieces)}`]),
        );
      }).listen(0);
      await once(server, 'listening');
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/path?query=1`;

      const response = await fetch(url, {
        method: 'POST',
        headers: new Headers({ 'x-key': 'k' }),
        body: 'hé',
      });

      expect({
        status: response.status,
        ok: response.ok,
        url: response.url,
        id: response.headers.get('X-REQUEST-ID'),
        cookies: response.headers.get('set-cookie'),
        has: response.headers.has('x-nothing'),
        ids: [...response.headers.entries()].filter(([name]) => name === 'x-request-id'),
        body: await response.json(),
      }).toEqual({
        status: 200,
        ok: true,
        url,
        id: 'r1',
        cookies: 'a=1, b=2',
        has: false,
        ids: [['x-request-id', 'r1']],
        body: ['POST', '/path?query=1', 'k', 'hé'],
      });
      server.closeAllConnections();
      server.close();
    });

    it('resolves for an error status, with a body to be read', async () => {
      const { url } = await serve((socket) => {
        socket.end(`${head(429, 'application/json')}${chunk('{"error":')}${chunk('{}}')}${LAST_CHUNK}`);
      });
      const response = await fetch(url);
      expect(response).toBeInstanceOf(Response);
      expect([response.status, response.ok, await response.text()]).toEqual([429, false, '{"error":{}}']);
    });

    it('rejects with the code when the connection is refused', async () => {
      expect(await thrownBy(fetch(await refusingUrl()))).toEqual({
        name: 'TypeError',
        message: 'fetch failed',
        code: 'ECONNREFUSED',
      });
    });

    it('rejects when the connection is reset before the headers', async () => {
      const { url } = await serve((socket) => socket.resetAndDestroy());
      expect(await thrownBy(fetch(url, { method: 'POST', body: 'x' }))).toEqual({
        name: 'TypeError',
        message: 'fetch failed',
        code: 'ECONNRESET',
      });
    });

    it('breaks the body when the connection ends inside of it', async () => {
      const { url } = await serve((socket) => socket.end(`${head(200, 'text/plain')}${chunk('half')}`));
      expect(await thrownBy(fetch(url).then(read))).toEqual({
        name: 'TypeError',
        message: 'terminated',
        code: 'UND_ERR_SOCKET',
      });
    });

    it('rejects with the reason of a signal that is aborted already', async () => {
      await expect(
        fetch('http://127.0.0.1:9', { signal: AbortSignal.abort(new Error('why')) }),
      ).rejects.toThrow('why');
    });

    it('rejects with the reason on an abort before the headers', async () => {
      const leaving = new AbortController();
      const { url } = await serve(() => leaving.abort(new Error('the caller left')));
      await expect(fetch(url, { signal: leaving.signal })).rejects.toThrow('the caller left');
    });

    it('breaks the body with the reason on an abort while it is read', async () => {
      const leaving = new AbortController();
      const { url } = await serve((socket) => socket.write(`${head(200, 'text/plain')}${chunk('half')}`));
      const response = await fetch(url, { signal: leaving.signal });
      setTimeout(() => leaving.abort(new Error('the caller left')), 20);
      await expect(read(response)).rejects.toThrow('the caller left');
    });
  });
}

describe('the transport', () => {
  it('closes the socket on an abort before the headers', async () => {
    const leaving = new AbortController();
    const server = await serve(() => leaving.abort());
    await expect(transport.fetch(server.url, { signal: leaving.signal })).rejects.toThrow('aborted');
    await expect.poll(() => server.open.size, { interval: 5 }).toBe(0);
  });

  it('closes the socket on an abort while the body is read', async () => {
    const leaving = new AbortController();
    const server = await serve((socket) => socket.write(`${head(200, 'text/plain')}${chunk('half')}`));
    const response = await transport.fetch(server.url, { signal: leaving.signal });
    leaving.abort();
    await expect(read(response)).rejects.toThrow('aborted');
    await expect.poll(() => server.open.size, { interval: 5 }).toBe(0);
  });

  it('closes the socket when the reader of a body leaves', async () => {
    const server = await serve((socket) => socket.write(`${head(200, 'text/plain')}${chunk('half')}`));
    for await (const _ of leanResponse(await transport.fetch(server.url)).body) break;
    await expect.poll(() => server.open.size, { interval: 5 }).toBe(0);
  });

  it('rejects an abort while the connection is still being opened', async () => {
    const leaving = new AbortController();
    // The handshake of TLS is never answered.
    const { url } = await serve(() => leaving.abort(new Error('the caller left')));
    const asked = transport.fetch(url.replace('http', 'https'), { signal: leaving.signal });
    await expect(asked).rejects.toThrow('the caller left');
  });

  it('gives up a connection that is not opened in time', async () => {
    const impatient = createTransport({ connectTimeoutMs: 200 });
    const { url } = await serve(() => {});
    expect(await thrownBy(impatient.fetch(url.replace('http', 'https')))).toEqual({
      name: 'TypeError',
      message: 'fetch failed',
      code: 'UND_ERR_CONNECT_TIMEOUT',
    });
    await impatient.close();
  });

  it('stops listening to the signal when the body has ended', async () => {
    const { url } = await serve((socket) => {
      socket.write(`${head(200, 'text/plain')}${chunk('all')}${LAST_CHUNK}`);
    });
    const { signal, added, removed } = aWatchedSignal();
    expect(await (await transport.fetch(url, { signal })).text()).toBe('all');
    expect([added(), removed()]).toEqual([1, 1]);
  });

  it('stops listening to the signal when the request fails', async () => {
    const { signal, added, removed } = aWatchedSignal();
    await expect(transport.fetch(await refusingUrl(), { signal })).rejects.toThrow('fetch failed');
    expect([added(), removed()]).toEqual([1, 1]);
  });

  it('serves the next request on the same connection', async () => {
    let connections = 0;
    const server = createServer((_request, response) => response.end('ok'));
    server.on('connection', () => {
      connections += 1;
    });
    await once(server.listen(0), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (let call = 0; call < 3; call += 1) {
      await (await transport.fetch(url)).text();
      // undici takes a connection again no sooner than in the next turn.
      await delay(10);
    }
    expect(connections).toBe(1);
    server.closeAllConnections();
    server.close();
  });

  it('keeps the connection of a body that is finished with and ends soon', async () => {
    const server = await serve((socket) => {
      socket.write(`${head(200, 'text/plain')}${chunk('enough')}`);
      setTimeout(() => socket.write(LAST_CHUNK), 50);
    });
    const { body } = leanResponse(await transport.fetch(server.url));
    for await (const _ of body) {
      body.finish();
      break;
    }
    await delay(150);
    expect(server.open.size).toBe(1);
  });

  it('gives up the connection of a body that is finished with and goes on', async () => {
    const server = await serve((socket) => socket.write(`${head(200, 'text/plain')}${chunk('enough')}`));
    leanResponse(await transport.fetch(server.url)).body.finish();
    await expect.poll(() => server.open.size, { timeout: 5000 }).toBe(0);
  });

  it('lets the provider wait while nobody reads, and loses nothing', async () => {
    const total = 64 * 1024 * 1024;
    let sender: Socket | undefined;
    const { url } = await serve((socket) => {
      sender = socket;
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
      socket.write(Buffer.alloc(total));
    });
    const { body } = leanResponse(await transport.fetch(url));
    await delay(300);
    // What the kernel holds is a few mebibytes at most; the rest has not left the sender.
    expect(sender?.writableLength).toBeGreaterThan(0);
    let read = 0;
    for await (const piece of body) read += piece.length;
    expect(read).toBe(total);
  });

  it('gives all that has arrived in one piece', async () => {
    const { url } = await serve((socket) => {
      socket.write(`${head(200, 'text/plain')}${chunk('a')}${chunk('b')}${chunk('c')}`);
      socket.end(LAST_CHUNK);
    });
    const pieces: string[] = [];
    for await (const piece of leanResponse(await transport.fetch(url)).body) pieces.push(piece.toString());
    expect(pieces).toEqual(['abc']);
  });

  it('reads no more than a mebibyte of an error', async () => {
    const server = await serve((socket) => {
      socket.write(`${head(500, 'text/plain')}${chunk('x'.repeat(3 * 1024 * 1024))}`);
    });
    const response = await transport.fetch(server.url);
    expect((await response.text()).length).toBe(1024 * 1024);
    await expect.poll(() => server.open.size).toBe(0);
  });

  it('still tells the status of an error whose body breaks off', async () => {
    const { url } = await serve((socket) => socket.end(`${head(503, 'text/plain')}${chunk('half')}`));
    expect((await transport.fetch(url)).status).toBe(503);
  });

  it('does not follow redirects', async () => {
    const { url } = await serve((socket) => {
      socket.end('HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n');
    });
    expect((await transport.fetch(url)).status).toBe(302);
  });
});

describe('a request without a connection', () => {
  const get = (url: string) => ({ ...targetOf(url), method: 'GET' as const, headers: {} });
  const { signal } = new AbortController();

  /** The handshake of TLS is never answered. */
  async function serveNoHandshake() {
    const server = await serve(() => {});
    return { ...get(server.url.replace('http', 'https')), server };
  }

  it('is given up at its own limit, which its error names', async () => {
    const { server: _, ...request } = await serveNoHandshake();
    const thrown = await transport.send(request, { signal, connectTimeoutMs: 50 }).catch((error) => error);
    expect(thrown).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
    expect(thrown.cause).toBeInstanceOf(ConnectTimeout);
    expect(thrown.cause).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT', limitMs: 50 });
  });

  it('may be given up while another one goes on waiting', async () => {
    const { server: _, ...request } = await serveNoHandshake();
    const patient = transport.send(request, { signal, connectTimeoutMs: 400 }).catch(() => 'patient');
    const impatient = transport.send(request, { signal, connectTimeoutMs: 50 }).catch(() => 'impatient');
    expect(await Promise.race([patient, impatient])).toBe('impatient');
    expect(await patient).toBe('patient');
  });

  it('has no limit on the answer, once it is connected', async () => {
    const { url } = await serve((socket) => {
      setTimeout(() => socket.write(`${head(200, 'text/plain')}${chunk('late')}${LAST_CHUNK}`), 150);
    });
    const response = await transport.send(get(url), { signal, connectTimeoutMs: 50 });
    expect(await response.text()).toBe('late');
  });

  it('holds nobody up when it is given up, and leaves its connection to others', async () => {
    await using listener = await startFullListener();
    const first = transport.send(get(listener.url), { signal, connectTimeoutMs: 100 });
    expect(await thrownBy(first)).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' });

    listener.makeRoom();
    expect(await (await transport.send(get(listener.url))).text()).toBe('ok');
    // The system knocks again a second after it was not let in.
    await expect.poll(() => listener.accepted(), { timeout: 4000 }).toBe(2);
    // The other side may hear of it first.
    await delay(100);
    const both = await Promise.all([transport.send(get(listener.url)), transport.send(get(listener.url))]);
    expect(await Promise.all(both.map((response) => response.text()))).toEqual(['ok', 'ok']);
    expect(listener.accepted()).toBe(2);
  });

  it('leaves nothing behind when its connection is never opened', async () => {
    const brief = createTransport({ connectTimeoutMs: 100 });
    const { server, ...request } = await serveNoHandshake();
    await expect(brief.send(request, { signal, connectTimeoutMs: 50 })).rejects.toThrow('fetch failed');
    expect(server.open.size).toBe(1);
    await expect.poll(() => server.open.size, { timeout: 4000 }).toBe(0);
    await brief.close();
  });

  it.each(['is given up', 'is left by its caller'])(
    'does not keep the transport open once it %s',
    async (how) => {
      const closing = createTransport({ connectTimeoutMs: 60_000 });
      const { server: _, ...request } = await serveNoHandshake();
      const leaving = new AbortController();
      const asked = closing.send(request, { signal: leaving.signal, connectTimeoutMs: 100 });
      if (how === 'is left by its caller') setTimeout(() => leaving.abort(), 50);
      await expect(asked).rejects.toThrow(/fetch failed|aborted/);
      await closing.close();
    },
  );
});

describe('the transport, when it is closed', () => {
  it('lets a request that is under way come to its end', async () => {
    const closing = createTransport({ connectTimeoutMs: 2000 });
    const server = await serve((socket) => {
      socket.write(`${head(200, 'text/plain')}${chunk('first ')}`);
      setTimeout(() => socket.write(`${chunk('last')}${LAST_CHUNK}`), 100);
    });
    const response = await closing.fetch(server.url);
    const closed = closing.close();
    expect(await response.text()).toBe('first last');
    await closed;
    await expect.poll(() => server.open.size).toBe(0);
  });
});

/** A signal that counts who listens. */
function aWatchedSignal() {
  const { signal } = new AbortController();
  let added = 0;
  let removed = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
    added += 1;
    addEventListener.apply(signal, given);
  };
  signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
    removed += 1;
    removeEventListener.apply(signal, given);
  };
  return { signal, added: () => added, removed: () => removed };
}
