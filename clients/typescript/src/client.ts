import type { CallOptions, ClientOptions } from './client-options.ts';
import { type CompletionStream, createCompletionStream } from './completion-stream.ts';
import { CompleteRequest, type CompleteResponse } from './gen/sluice/v1/completion_service.ts';
import type { CompleteInput } from './messages.ts';
import { services } from './services.ts';
import { createTransport } from './transport.ts';
import { createUnaryMethods, type UnaryMethods } from './unary-methods.ts';

/** A client of one gateway. Make one per process and share it: its calls run side by side over one channel. */
export interface SluiceClient extends AsyncDisposable {
  /** Generates a completion and resolves once it is whole. */
  complete(request: CompleteInput, options?: CallOptions): Promise<CompleteResponse>;
  /** Generates a completion and hands it over while it is being produced. */
  stream(request: CompleteInput, options?: CallOptions): CompletionStream;
  /** Turns texts into vectors. */
  readonly embeddings: UnaryMethods<(typeof services.embedding)['methods']>;
  /** Tells which models there are, and what a request would take. */
  readonly models: UnaryMethods<(typeof services.model)['methods']>;
  /** Tells who used what, and what it cost. */
  readonly usage: UnaryMethods<(typeof services.usage)['methods']>;
  /** For those who run the gateway. */
  readonly admin: UnaryMethods<(typeof services.admin)['methods']>;
  /** Connects, and resolves once the gateway answers. `timeoutMs` defaults to 10 000. */
  waitForReady(options?: Pick<CallOptions, 'signal' | 'timeoutMs'>): Promise<void>;
  /** Ends the calls that are running, with reason CLIENT_CLOSED, and closes the channel. May be called again. */
  close(): void;
}

/** Creates a client. It connects with the first call. Throws a TypeError where the key would travel in the clear. */
export function createClient(options: ClientOptions): SluiceClient {
  const transport = createTransport(options);
  const { complete } = createUnaryMethods(services.completion, transport.unary);
  const { streamComplete } = services.completion.methods;

  return {
    complete,
    stream(request, callOptions = {}) {
      return createCompletionStream(
        transport.serverStream(streamComplete, CompleteRequest.fromPartial(request), callOptions),
      );
    },
    embeddings: createUnaryMethods(services.embedding, transport.unary),
    models: createUnaryMethods(services.model, transport.unary),
    usage: createUnaryMethods(services.usage, transport.unary),
    admin: createUnaryMethods(services.admin, transport.unary),
    waitForReady: (callOptions = {}) => transport.waitForReady(callOptions),
    close: transport.close,
    async [Symbol.asyncDispose]() {
      transport.close();
    },
  };
}
