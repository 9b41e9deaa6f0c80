import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { CompletionServiceService } from '../src/gen/sluice/v1/completion_service.ts';
import { ready } from './attached.ts';

/** Serves completions with grpc-js as it comes, on a free port. */
export function serve(handlers: UntypedServiceImplementation): void {
  const server = new Server();
  server.addService(CompletionServiceService, handlers);
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    ready({ port });
  });
}
