import type { MethodDefinition } from '@grpc/grpc-js';
import type { CallOptions } from './client-options.ts';
import type { DeepPartial } from './gen/sluice/v1/completion_service.ts';
import { completer, type RequestOf, type ResponseOf, type Service, type UnaryName } from './services.ts';

/** A service's RPCs that answer once, as methods that return promises. What a request leaves out is not set. */
export type UnaryMethods<Methods> = {
  readonly [Name in UnaryName<Methods>]: (
    request?: DeepPartial<RequestOf<Methods[Name]>>,
    options?: CallOptions,
  ) => Promise<ResponseOf<Methods[Name]>>;
};

type Invoke = (
  method: MethodDefinition<unknown, unknown>,
  request: unknown,
  options: CallOptions,
) => Promise<unknown>;

/** Makes a method of every unary RPC of a service, so that a new RPC is there as soon as it is generated. */
export function createUnaryMethods<S extends Service>(
  service: S,
  invoke: Invoke,
): UnaryMethods<S['methods']> {
  const unary = Object.entries(service.methods).filter(([, method]) => !method.responseStream);
  const methods = unary.map(([name, method]) => {
    const complete = completer(service, method, 'Request');
    return [
      name,
      async (request: unknown = {}, options: CallOptions = {}) => invoke(method, complete(request), options),
    ];
  });
  // The loop above is what the mapped type says, which the compiler cannot see.
  return Object.fromEntries(methods) as UnaryMethods<S['methods']>;
}
