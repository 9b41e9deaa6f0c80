import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { GatewayError, type Reason, reasonName } from '../../src/completion/error.ts';
import type { CompletionEvent } from '../../src/completion/ports/events.ts';
import type { EmbedCall, Patience, Provider, ProviderCall } from '../../src/completion/ports/provider.ts';
import { CompleteRequest } from '../../src/gen/sluice/v1/completion_service.ts';
import { EmbeddingPurpose } from '../../src/gen/sluice/v1/embedding_service.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import {
  chunk,
  head,
  LAST_CHUNK,
  refusingUrl,
  type SocketServer,
  startSocketServer,
} from './socket-server.ts';

export interface FaultyVendor {
  /** Title of the tests. */
  title: string;
  /** The adapter under test, asking the given address. */
  createProvider(baseUrl: string): Provider;
  /** The events of a stream up to and with the first text, which is `Hello`. */
  opening: string | Buffer;
  /** An event that the vendor sends where a stream fails, with the reason that it stands for. */
  errorEvent: { event: string | Buffer; reason: Reason };
  /** What takes the place of server-sent events, where its streams are none. */
  framing?: Framing;
  /** A body with status 200 that holds the vendor's error, with the reason that it stands for. */
  errorBody: { body: string; reason: Reason };
  /** A whole answer of the vendor. */
  answer: string;
  /** What else the adapter can be asked for, which the vendor's own errors and everybody's faults must not break. */
  alsoAsked?: readonly OtherQuestion[];
}

type OtherQuestion = 'embed' | 'countTokens' | 'listModels';

interface Framing {
  contentType: string;
  /** The beginning of an event. */
  half: Buffer;
  /** Events that cannot be read, with what is wrong with them. */
  broken: readonly { what: string; event: Buffer }[];
}

const SERVER_SENT_EVENTS: Framing = {
  contentType: 'text/event-stream',
  half: Buffer.from('data: {"half'),
  broken: [
    { what: 'an event is not JSON', event: Buffer.from('data: {"half\n\n') },
    { what: 'an event is no object', event: Buffer.from('data: 7\n\n') },
  ],
};

const { PROVIDER_UNAVAILABLE, PROVIDER_RESPONSE_INVALID } = ErrorReason;

/** Tests what an adapter makes of a provider that misbehaves, over real sockets, whole and streamed. */
export function testFaults(vendor: FaultyVendor): void {
  const { title, createProvider, opening, errorEvent, errorBody, answer, alsoAsked = [] } = vendor;
  const { contentType, half, broken } = vendor.framing ?? SERVER_SENT_EVENTS;

  describe(`${title}, when the provider misbehaves`, () => {
    const eachMode: [string, (socket: Socket) => void, Reason][] = [
      [
        'resets the connection before the headers',
        (socket) => socket.resetAndDestroy(),
        PROVIDER_UNAVAILABLE,
      ],
      ['closes the connection before the headers', (socket) => socket.end(), PROVIDER_UNAVAILABLE],
      ['answers 200 with a page', whole(200, 'text/html', '<html>Welcome</html>'), PROVIDER_RESPONSE_INVALID],
      ['answers 502 with a page', whole(502, 'text/html', '<html>Bad gateway</html>'), PROVIDER_UNAVAILABLE],
      ['answers 200 with nothing', whole(200, 'application/json', ''), PROVIDER_RESPONSE_INVALID],
      [
        'answers 200 with half a JSON',
        whole(200, 'application/json', answer.slice(0, -9)),
        PROVIDER_RESPONSE_INVALID,
      ],
      ['answers 200 with a list', whole(200, 'application/json', '[1]'), PROVIDER_RESPONSE_INVALID],
      ['answers 200 with an error', whole(200, 'application/json', errorBody.body), errorBody.reason],
      ['answers 500 with nothing', whole(500, 'application/json', ''), PROVIDER_UNAVAILABLE],
      ['answers 503 and breaks off', (socket) => socket.end(head(503, 'text/plain')), PROVIDER_UNAVAILABLE],
      ['redirects', redirect, PROVIDER_RESPONSE_INVALID],
    ];

    for (const mode of ['complete', 'stream', ...alsoAsked] as const) {
      describe(mode, () => {
        for (const [what, respond, reason] of eachMode) {
          it(`says ${reasonName(reason)} when it ${what}`, async () => {
            await using server = await startSocketServer(respond);
            expect((await attempt(server.url, mode)).failure).toBe(reasonName(reason));
          });
        }

        it('says PROVIDER_UNAVAILABLE when it refuses the connection', async () => {
          expect((await attempt(await refusingUrl(), mode)).failure).toBe('PROVIDER_UNAVAILABLE');
        });

        it('says PROVIDER_TIMEOUT when there is no connection within the limit of the call', async () => {
          // The handshake of TLS is never answered.
          await using server = await startSocketServer(() => {});
          const url = server.url.replace('http', 'https');
          const { failure, metadata } = await attempt(url, mode, { connectTimeoutMs: 50 });
          expect(failure).toBe('PROVIDER_TIMEOUT');
          expect(metadata).toMatchObject({ timeout: 'connect', timeoutMs: '50' });
        });

        it('closes the socket at once when the caller leaves before the headers', async () => {
          const leaving = new AbortController();
          await using server = await startSocketServer(() => leaving.abort());
          const left = attempt(server.url, mode, leaving);
          await expectSocketClosed(server, leaving.signal);
          expect((await left).failure).not.toBe('');
        });

        if (mode !== 'complete' && mode !== 'stream') return;

        it('closes the socket at once when the caller leaves inside of the body', async () => {
          const leaving = new AbortController();
          const begun = mode === 'stream' ? streamBegun() : jsonBegun();
          await using server = await startSocketServer((socket) => {
            socket.write(begun);
            setTimeout(() => leaving.abort(), 50);
          });
          const left = attempt(server.url, mode, leaving);
          await expectSocketClosed(server, leaving.signal);
          expect((await left).failure).not.toBe('');
        });
      });
    }

    it('says PROVIDER_UNAVAILABLE when a whole answer breaks off', async () => {
      await using server = await startSocketServer((socket) => socket.end(jsonBegun()));
      expect((await attempt(server.url, 'complete')).failure).toBe('PROVIDER_UNAVAILABLE');
    });

    const midStream: [string, (socket: Socket) => void, Reason][] = [
      ['the connection is reset', begun('', (socket) => socket.resetAndDestroy()), PROVIDER_UNAVAILABLE],
      ['the connection is closed', begun('', (socket) => socket.end()), PROVIDER_UNAVAILABLE],
      [
        'the stream ends without its end mark',
        begun('', (socket) => socket.end(LAST_CHUNK)),
        PROVIDER_UNAVAILABLE,
      ],
      [
        'the stream ends inside of an event',
        begun(half, (socket) => socket.end(LAST_CHUNK)),
        PROVIDER_UNAVAILABLE,
      ],
      ...broken.map(({ what, event }): [string, (socket: Socket) => void, Reason] => [
        what,
        begun(event, () => {}),
        PROVIDER_RESPONSE_INVALID,
      ]),
      ['an event is an error', begun(errorEvent.event, () => {}), errorEvent.reason],
    ];
    for (const [what, respond, reason] of midStream) {
      it(`passes on what came, then says ${reasonName(reason)}, when ${what}`, async () => {
        await using server = await startSocketServer(respond);
        const { text, failure } = await attempt(server.url, 'stream');
        expect({ text, failure }).toEqual({ text: 'Hello', failure: reasonName(reason) });
        await expect.poll(() => server.open.size).toBe(0);
      });
    }

    it.each([
      ['at its first batch', () => true],
      ['at its first text', (text: string) => text === 'Hello'],
    ])('closes the socket when the reader of a stream leaves %s', async (_when, leaves) => {
      await using server = await startSocketServer(begun('', () => {}));
      const provider = createProvider(server.url);
      for await (const batch of provider.stream(aCall({}))) {
        if (leaves(textOf(batch))) break;
      }
      await expect.poll(() => server.open.size).toBe(0);
      await provider.close();
    });

    function begun(then: string | Buffer, next: (socket: Socket) => void): (socket: Socket) => void {
      return (socket) => {
        socket.write(streamBegun());
        // The rest comes in a read of its own.
        setTimeout(() => {
          if (then.length > 0) socket.write(chunkOf(then));
          setTimeout(() => next(socket), 20);
        }, 20);
      };
    }

    function streamBegun(): Buffer {
      return Buffer.concat([Buffer.from(head(200, contentType)), chunkOf(opening)]);
    }

    function jsonBegun(): string {
      return head(200, 'application/json') + chunk(answer.slice(0, -9));
    }
  });

  async function attempt(
    url: string,
    mode: 'complete' | 'stream' | OtherQuestion,
    patience: Partial<Patience> = {},
  ) {
    const provider = createProvider(url);
    let text = '';
    try {
      if (mode !== 'stream') await provider[mode]?.(aCall(patience));
      else for await (const batch of provider.stream(aCall(patience))) text += textOf(batch);
      return { text, failure: '' };
    } catch (error) {
      if (!(error instanceof GatewayError)) return { text, failure: String(error) };
      return { text, failure: reasonName(error.reason), metadata: error.details.metadata };
    } finally {
      await provider.close();
    }
  }
}

/** A whole response that ends with the connection. */
function whole(status: number, contentType: string, body: string): (socket: Socket) => void {
  return (socket) => socket.end(head(status, contentType) + (body ? chunk(body) : '') + LAST_CHUNK);
}

/** A piece of a response, which need not be text. */
function chunkOf(piece: string | Buffer): Buffer {
  const bytes = Buffer.from(piece);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

function redirect(socket: Socket): void {
  socket.end('HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n');
}

/** As the provider sees it, counted from the abort. It takes milliseconds; the limit allows for a busy machine. */
async function expectSocketClosed(server: SocketServer, signal: AbortSignal): Promise<void> {
  await expect.poll(() => signal.aborted, { interval: 1, timeout: 5000 }).toBe(true);
  await expect.poll(() => server.open.size, { interval: 1, timeout: 500 }).toBe(0);
}

function textOf(batch: readonly CompletionEvent[]): string {
  return batch.map((event) => (event.$case === 'textDelta' ? event.value.text : '')).join('');
}

function aCall({
  signal = new AbortController().signal,
  connectTimeoutMs = 5000,
}: Partial<Patience>): ProviderCall & EmbedCall {
  return {
    model: 'a-model',
    request: CompleteRequest.fromPartial({ model: 'a-model', prompt: 'Say hello.' }),
    options: undefined,
    defaultMaxOutputTokens: 4096,
    texts: ['Hello.'],
    dimensions: undefined,
    purpose: EmbeddingPurpose.UNSPECIFIED,
    endUser: '',
    signal,
    connectTimeoutMs,
    report() {},
  };
}
