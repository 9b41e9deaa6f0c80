import type { Server } from '@grpc/grpc-js';

/**
 * Lets a connection reset as many calls as it may have open, at once and in each second. A call whose deadline passes is
 * reset by its client; by default HTTP/2 takes more than 1,000 at once, or 33 a second, for an attack (CVE-2023-44487), and
 * closes the connection under all its other calls. For a gateway that is an ordinary bad minute: a provider is silent, and
 * a service that waits for a thousand answers gives up on them together.
 *
 * grpc-js has no setting for it, so this adds to what it hands to `http2.createServer`; a test holds that it still does.
 * Call it before the server listens.
 */
export function allowResets(server: Server, maxConcurrentStreams: number): void {
  const { commonServerOptions } = server as unknown as { commonServerOptions: object };
  Object.assign(commonServerOptions, {
    streamResetBurst: maxConcurrentStreams,
    streamResetRate: maxConcurrentStreams,
  });
}
