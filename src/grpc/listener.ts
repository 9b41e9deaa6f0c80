import { createServer, isIPv4, isIPv6, type Socket } from 'node:net';

/**
 * Listens for connections and hands them on. grpc-js could listen by itself, but keeps neither the code of an
 * error nor, without channelz, the connections that must be closed when a stop takes too long.
 */
export interface Listener {
  /** Resolves with the address, `host:port`, its port no longer 0. */
  listen(): Promise<string>;
  /** Refuses new connections. Resolves once the last one is closed. */
  close(): Promise<void>;
  closeConnections(): void;
}

export function createListener(address: string, onConnection: (socket: Socket) => void): Listener {
  const { host, port } = splitAddress(address);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // HTTP/2 reports what matters on its session; a socket's late error must not end the process.
    socket.on('error', () => {});
    onConnection(socket);
  });

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(address, cause)));
        server.listen({ host, port }, () => {
          const bound = server.address();
          const boundPort = typeof bound === 'object' && bound ? bound.port : port;
          resolve(`${isIPv6(host) ? `[${host}]` : host}:${boundPort}`);
        });
      }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
    closeConnections() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Whether only this machine can reach an address, `host:port`. */
export function isLoopback(address: string): boolean {
  const { host } = splitAddress(address);
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** The configuration has checked the address. */
function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(colon + 1)) };
}

function cannotListen(address: string, cause: NodeJS.ErrnoException): Error {
  return new Error(`server.address is "${address}": ${whyNot(cause)}`, { cause });
}

function whyNot({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the port is in use. Stop whatever listens there, or choose another port; 0 picks a free one.';
    case 'EACCES':
      return 'this process may not listen there. Choose a port above 1023.';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address. Use one of its own, or 0.0.0.0 for all.';
    default:
      return `listening failed (${code ?? message}).`;
  }
}
