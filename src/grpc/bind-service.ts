import type { MethodDefinition, Server, ServiceDefinition } from '@grpc/grpc-js';
import type { RpcDependencies } from './rpc.ts';
import { type StreamHandler, serveStream } from './serve-stream.ts';
import { serveUnary, type UnaryHandler } from './serve-unary.ts';

/** Stands for a handler that is still to be written: its method answers UNIMPLEMENTED. */
export const unimplemented = Symbol('unimplemented');

/** One handler for each method of a service, so that the compiler names the one that is missing. */
export type Handlers<Definition extends ServiceDefinition> = {
  readonly [Name in keyof Definition]: HandlerOf<Definition[Name]> | typeof unimplemented;
};

/** A service with its handlers, ready to be served. */
export interface Service {
  /** Full name, such as `sluice.v1.CompletionService`. */
  readonly name: string;
  addTo(server: Server, dependencies: RpcDependencies): void;
}

type HandlerOf<Method> =
  Method extends MethodDefinition<infer Request, infer Response>
    ? Method extends { readonly responseStream: true }
      ? StreamHandler<Request, Response>
      : UnaryHandler<Request, Response>
    : never;

/** Joins a service of the contract with its handlers. */
export function bindService<Definition extends ServiceDefinition>(
  definition: Definition,
  handlers: Handlers<Definition>,
): Service {
  const methods = Object.entries<MethodDefinition<unknown, unknown>>(definition);
  return {
    name: serviceName(methods),
    addTo(server, dependencies) {
      for (const [name, method] of methods) {
        const handler = handlers[name];
        if (handler === undefined || handler === unimplemented) continue;
        // Handlers<Definition> has seen to it that handler and method fit; a loop cannot say so.
        const handle = method.responseStream
          ? serveStream(method, handler as StreamHandler<unknown, unknown>, dependencies)
          : serveUnary(method, handler as UnaryHandler<unknown, unknown>, dependencies);
        server.register(method.path, handle, asIs, asIs, method.responseStream ? 'serverStream' : 'unary');
      }
    },
  };
}

function serviceName(methods: [string, MethodDefinition<unknown, unknown>][]): string {
  return methods[0]?.[1].path.split('/')[1] ?? '';
}

/** Handlers are served in bytes. */
function asIs(bytes: Buffer): Buffer {
  return bytes;
}
