import { Client, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import { buildMetadata } from './call-metadata.ts';
import { openCallScope } from './call-scope.ts';
import { buildChannelOptions } from './channel-options.ts';
import type { CallOptions, ClientOptions } from './client-options.ts';
import { createCredentials } from './credentials.ts';
import { decodeError } from './decode-error.ts';
import { SluiceError } from './error.ts';

/** Calls over one channel. Whatever fails is a {@link SluiceError}. */
export interface Transport {
  unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options: CallOptions,
  ): Promise<Response>;
  /** Begins the call when the first message is asked for, and cancels it when the reader leaves. */
  serverStream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options: CallOptions,
  ): AsyncGenerator<Response, void, undefined>;
  waitForReady(options: Pick<CallOptions, 'signal' | 'timeoutMs'>): Promise<void>;
  close(): void;
}

/** Opens a channel, which connects when it is first used. */
export function createTransport(clientOptions: ClientOptions): Transport {
  const { address, apiKey, timeoutMs: unaryTimeoutMs = 600_000 } = clientOptions;
  const channel = new Client(address, createCredentials(clientOptions), buildChannelOptions(clientOptions));
  const running = new Set<(error: SluiceError) => void>();
  let closed = false;

  return {
    async unary(method, request, { signal, timeoutMs = unaryTimeoutMs, metadata: own }) {
      using scope = openScope(signal, timeoutMs);
      const message = encode(method.requestSerialize, request);
      const metadata = await scope.until(buildMetadata(apiKey, own));
      return await new Promise((resolve, reject) => {
        const { path, responseDeserialize } = method;
        const options = { deadline: scope.deadline };
        const call = channel.makeUnaryRequest(
          path,
          asIs,
          responseDeserialize,
          message,
          metadata,
          options,
          (error, response) => {
            if (error) reject(scope.ended ?? decodeError(error));
            // grpc-js calls back with either an error or a response.
            else resolve(response as NonNullable<typeof response>);
          },
        );
        scope.guard(call);
      });
    },

    async *serverStream(method, request, { signal, timeoutMs = Number.POSITIVE_INFINITY, metadata: own }) {
      using scope = openScope(signal, timeoutMs);
      const message = encode(method.requestSerialize, request);
      const metadata = await scope.until(buildMetadata(apiKey, own));
      const { path, responseDeserialize } = method;
      const options = { deadline: scope.deadline };
      const call = channel.makeServerStreamRequest(
        path,
        asIs,
        responseDeserialize,
        message,
        metadata,
        options,
      );
      // Once the reader has left, only Node's internals may still listen, and an unheard error ends the process.
      call.on('error', () => {});
      // A reader may pause for ever on a call that is over; the signal must not hold on to it.
      call.on('status', () => scope[Symbol.dispose]());
      scope.guard(call);
      try {
        for await (const response of call) {
          // What is still buffered must not outlive an abort.
          if (scope.ended) break;
          yield response;
        }
        if (scope.ended) throw scope.ended;
      } catch (thrown) {
        throw scope.ended ?? decodeError(thrown as ServiceError);
      } finally {
        // Leaving a for-await over a grpc-js stream does not cancel the call.
        call.cancel();
      }
    },

    async waitForReady({ signal, timeoutMs = 10_000 }) {
      using scope = openScope(signal, timeoutMs);
      while (!(await scope.until(becomesReady()))) {
        // Asked in short turns, since grpc-js cannot be told to stop waiting.
      }
    },

    close() {
      if (closed) return;
      closed = true;
      for (const end of [...running]) end(clientClosed());
      channel.close();
    },
  };

  function openScope(signal: AbortSignal | undefined, timeoutMs: number) {
    if (closed) throw clientClosed();
    return openCallScope({ signal, timeoutMs, running });
  }

  function becomesReady(): Promise<boolean> {
    return new Promise((resolve) => channel.waitForReady(Date.now() + 250, (error) => resolve(!error)));
  }
}

/** Encodes ahead of the call, since grpc-js would report a malformed request as an INTERNAL error. */
function encode<Request>(requestSerialize: (request: Request) => Buffer, request: Request): Buffer {
  try {
    return requestSerialize(request);
  } catch (cause) {
    throw new SluiceError({
      status: 'INVALID_ARGUMENT',
      reason: 'INVALID_REQUEST',
      message: 'The request has a value of the wrong type; see the cause.',
      cause,
    });
  }
}

function asIs(message: Buffer): Buffer {
  return message;
}

function clientClosed(): SluiceError {
  return new SluiceError({ status: 'CANCELLED', reason: 'CLIENT_CLOSED', message: 'The client was closed.' });
}
