import { addAdminServicesToServer, Server, type ServerOptions } from '@grpc/grpc-js';
import { GatewayError } from '../completion/error.ts';
import type { Now } from '../completion/ports/now.ts';
import type { ConcurrencyConfig, ServerConfig, TlsConfig } from '../config/config.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import type { Authenticate } from '../policy/authenticate.ts';
import { allowResets } from './allow-resets.ts';
import type { Service } from './bind-service.ts';
import { type Credentials, loadCredentials, type Renewal } from './credentials.ts';
import { createHealth, type HealthStatus } from './health.ts';
import { createListener, isLoopback, type Listener } from './listener.ts';
import { createReflection } from './reflection.ts';
import type { RpcObserver } from './rpc-telemetry.ts';
import { createRunningCalls } from './running-calls.ts';

export interface GrpcServerDependencies {
  config: ServerConfig;
  services: readonly Service[];
  /** Asked for every method of every service. Health and reflection answer everybody. */
  authenticate: Authenticate;
  /** Names of the providers, of whose health is told too. Default none. */
  providers?: readonly string[];
  observer: RpcObserver;
  log: { warn(fields: object, message: string): void };
  now?: Now;
}

/** The gRPC side of the process: contract, health, reflection, and channelz where it is safe. */
export interface GrpcServer {
  /** Listens, and says SERVING. Rejects with a sentence where it cannot. */
  start(): Promise<{ address: string }>;
  /**
   * Says NOT_SERVING, refuses new calls, and lets running ones finish within `drainTimeoutMs`; those that do not
   * fail with GATEWAY_OVERLOADED. Never rejects; later calls wait for the first.
   */
  stop(): Promise<void>;
  /** Says whether a provider's circuit lets calls through. */
  setProviderHealth(name: string, status: HealthStatus): void;
  /** Says nothing any more of a provider that is gone. */
  removeProviderHealth(name: string): void;
  /** Reads the files of `server.tls` again. Rejects with a sentence that names the file at fault. */
  renewCertificates(tls: TlsConfig | undefined): Promise<Renewal>;
  /** How long a stop lets running calls go on, from now on. */
  setDrainTimeout(ms: number): void;
}

export function createGrpcServer({
  config,
  services,
  authenticate,
  providers = [],
  observer,
  log,
  now = Date.now,
}: GrpcServerDependencies): GrpcServer {
  const server = new Server(serverOptions(config));
  allowResets(server, maxConcurrentStreams(config.concurrency));
  const running = createRunningCalls();
  const names = services.map(({ name }) => name);
  const health = createHealth(names, providers);
  for (const service of services) {
    service.addTo(server, {
      authenticate,
      observer,
      running,
      maxMessageBytes: config.maxMessageBytes,
      now,
    });
  }
  health.addTo(server);
  if (isLoopback(config.address)) addAdminServicesToServer(server);

  let { drainTimeoutMs } = config;
  let credentials: Credentials | undefined;
  let listener: Listener | undefined;
  let stopped: Promise<void> | undefined;

  return {
    async start() {
      if (config.reflection)
        (await createReflection([...names, 'grpc.health.v1.Health'])).addToServer(server);
      credentials = await loadCredentials(config.tls);
      const injector = server.createConnectionInjector(credentials.credentials);
      listener = createListener(config.address, (socket) => injector.injectConnection(socket));
      const address = await listener.listen();
      health.set('SERVING');
      return { address };
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
    setProviderHealth: health.setProvider,
    removeProviderHealth: health.removeProvider,
    async renewCertificates(tls) {
      if (!credentials) throw new Error('Certificates are renewed before the server has started.');
      return credentials.renew(tls);
    },
    setDrainTimeout(ms) {
      drainTimeoutMs = ms;
    },
  };

  async function stop(): Promise<void> {
    health.set('NOT_SERVING');
    const closed = listener?.close() ?? Promise.resolve();
    // Tells every connection to take no new calls, and closes each after its last one.
    server.tryShutdown(() => {});
    const answered = running.idle().then(() => within(closed, lingerMs));
    await within(Promise.race([closed, answered]), drainTimeoutMs);
    if (running.size > 0) {
      log.warn({ calls: running.size, drainTimeoutMs }, 'Stopping: cutting calls that ran too long.');
      running.abortAll(stopping());
      await within(running.idle(), cutMs);
      await within(closed, lingerMs);
    }
    listener?.closeConnections();
    await closed;
    server.forceShutdown();
  }
}

/** What connections get to send their last bytes. Some never close by themselves: a health watcher stays for good. */
const lingerMs = 500;

/** What calls get to fail properly once they are cut. */
const cutMs = 2_000;

function stopping(): GatewayError {
  return new GatewayError(
    ErrorReason.GATEWAY_OVERLOADED,
    'The gateway is stopping and the call took longer than it could wait. Call again: another instance will answer.',
  );
}

async function within(promise: Promise<void>, limitMs: number): Promise<void> {
  const { promise: limit, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  await Promise.race([promise, limit]);
  clearTimeout(timer);
}

function serverOptions(config: ServerConfig): ServerOptions {
  return {
    'grpc.max_receive_message_length': config.maxMessageBytes,
    'grpc.max_send_message_length': config.maxMessageBytes,
    'grpc.keepalive_time_ms': config.keepaliveTimeMs,
    'grpc.keepalive_timeout_ms': config.keepaliveTimeoutMs,
    'grpc.max_connection_age_ms': config.maxConnectionAgeMs,
    'grpc.max_connection_age_grace_ms': config.maxConnectionAgeGraceMs,
    'grpc.max_concurrent_streams': maxConcurrentStreams(config.concurrency),
    // Bookkeeping for each message, of use only where channelz is served: it shows the addresses of all callers
    // and asks nobody for a key, so never beyond this machine.
    'grpc.enable_channelz': isLoopback(config.address) ? 1 : 0,
  };
}

/**
 * Per connection. Far above what the gateway takes at once: calls beyond it wait in the client, unseen, where the gateway
 * would have refused them.
 */
function maxConcurrentStreams({ maxConcurrency, maxQueueLength }: ConcurrencyConfig): number {
  return Math.max(10_000, 2 * (maxConcurrency + maxQueueLength));
}
