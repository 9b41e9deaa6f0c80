import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server, and can keep back what the server answers. */
export interface ReplyThief extends AsyncDisposable {
  readonly port: number;
  /** From now on requests arrive, and answers do not. */
  steal(): void;
  /** Breaks all connections; those that follow are served well again. */
  stop(): void;
}

export async function startReplyThief(serverPort: number): Promise<ReplyThief> {
  let stealing = false;
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    client.on('data', (data) => server.write(data));
    server.on('data', (data) => {
      if (!stealing) client.write(data);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');

  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (listener.address() as AddressInfo).port,
    steal() {
      stealing = true;
    },
    stop() {
      stealing = false;
      breakAll();
    },
    async [Symbol.asyncDispose]() {
      breakAll();
      listener.close();
      await once(listener, 'close');
    },
  };
}
