import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** A server below HTTP, for what a well-behaved one never does. */
export interface SocketServer extends AsyncDisposable {
  readonly url: string;
  /** Connections that are open now. */
  readonly open: ReadonlySet<Socket>;
}

/** Starts it on a free port; `respond` is given each connection once its first request has begun to arrive. */
export async function startSocketServer(respond: (socket: Socket) => void): Promise<SocketServer> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    socket.on('data', () => {});
    socket.once('data', () => respond(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The start of a response whose length is not said. */
export function head(status: number, contentType: string): string {
  return `HTTP/1.1 ${status} Said\r\ncontent-type: ${contentType}\r\ntransfer-encoding: chunked\r\n\r\n`;
}

/** A piece of such a response. */
export function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

export const LAST_CHUNK = '0\r\n\r\n';

/** An address of this machine where nothing listens. */
export async function refusingUrl(): Promise<string> {
  const server = await startSocketServer(() => {});
  await server[Symbol.asyncDispose]();
  return server.url;
}
