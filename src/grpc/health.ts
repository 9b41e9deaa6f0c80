import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

/** Serves `grpc.health.v1.Health`. */
export interface Health {
  addTo(server: Server): void;
  /** Says of the server as a whole, and of each of its services, whether calls are welcome. */
  set(status: HealthStatus): void;
  /** Says of a provider whether its circuit lets calls through, under the name `providers/…`. */
  setProvider(name: string, status: HealthStatus): void;
  /** A provider is no longer configured: whoever watches it is told so, and it is known no more. */
  removeProvider(name: string): void;
}

export type HealthStatus = 'SERVING' | 'NOT_SERVING';

/**
 * Creates the health service for the services and providers named. Services begin as NOT_SERVING, providers as SERVING.
 * The server as a whole is well while its providers are not: restarting it would not help them.
 */
export function createHealth(services: readonly string[], providers: readonly string[]): Health {
  const names = ['', ...services];
  const health = new HealthImplementation({
    ...Object.fromEntries(names.map((name) => [name, 'NOT_SERVING' as const])),
    ...Object.fromEntries(providers.map((name) => [`providers/${name}`, 'SERVING' as const])),
  });
  return {
    addTo: (server) => health.addToServer(server),
    set(status) {
      for (const name of names) health.setStatus(name, status);
    },
    setProvider: (name, status) => health.setStatus(`providers/${name}`, status),
    removeProvider(name) {
      const { statusMap } = health as unknown as { statusMap: Map<string, unknown> };
      // The library has no word for it, and its types do not have this one, which the protocol has for watchers.
      health.setStatus(`providers/${name}`, 'SERVICE_UNKNOWN' as 'UNKNOWN');
      statusMap.delete(`providers/${name}`);
    },
  };
}
