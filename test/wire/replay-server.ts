import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What a replayed provider answers. */
export interface Replay {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer;
}

/** A provider on this machine that gives each request the answer set before it. */
export interface ReplayServer extends AsyncDisposable {
  readonly url: string;
  /** Bodies of the requests so far, as text. */
  readonly requests: readonly string[];
  answerWith(replay: Replay, random: () => number): void;
}

/** Starts it on a free port. */
export async function startReplayServer(): Promise<ReplayServer> {
  const requests: string[] = [];
  let answer: (response: ServerResponse) => Promise<void> = async (response) => {
    response.writeHead(500).end('nothing to replay');
  };
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    requests.push(Buffer.concat(pieces).toString());
    await answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answerWith({ status, headers, body }, random) {
      answer = async (response) => {
        response.writeHead(status, withoutFraming(headers));
        for (const piece of cut(body, random)) {
          response.write(piece);
          await nextTurn();
        }
        response.end();
      };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The server frames the body anew, in pieces. */
function withoutFraming(headers: Replay['headers']): Replay['headers'] {
  const framing = new Set([
    'transfer-encoding',
    'content-length',
    'content-encoding',
    'connection',
    'keep-alive',
  ]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !framing.has(name.toLowerCase())));
}

const MAX_PIECES = 60;

/** Cuts anywhere, also inside of a character or a line end. */
export function cut(body: Buffer, random: () => number): Buffer[] {
  const count = Math.min(MAX_PIECES, body.length) - 1;
  const places = Array.from({ length: Math.max(0, count) }, () => Math.floor(random() * body.length)).sort(
    (a, b) => a - b,
  );
  const bounds = [0, ...places, body.length];
  return bounds
    .slice(1)
    .map((end, index) => body.subarray(bounds[index], end))
    .filter((piece) => piece.length > 0);
}

/** A small generator of random numbers, so that a run can be repeated from its seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const { WIRE_SEED = Math.floor(Math.random() * 2 ** 31) } = process.env;

/** Where this run's random numbers begin; the environment's `WIRE_SEED` repeats a run. */
export const SEED = Number(WIRE_SEED);
