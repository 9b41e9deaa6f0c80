import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

/** Serves `grpc.health.v1.Health`. */
export interface Health {
  addTo(server: Server): void;
  /** Says of the server as a whole, and of each of its services, whether calls are welcome. */
  set(status: 'SERVING' | 'NOT_SERVING'): void;
}

/** Creates the health service for the services named. They begin as NOT_SERVING. */
export function createHealth(services: readonly string[]): Health {
  const names = ['', ...services];
  const health = new HealthImplementation(Object.fromEntries(names.map((name) => [name, 'NOT_SERVING'])));
  return {
    addTo: (server) => health.addToServer(server),
    set(status) {
      for (const name of names) health.setStatus(name, status);
    },
  };
}
