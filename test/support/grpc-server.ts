import { credentials } from '@grpc/grpc-js';
import type { GatewayError } from '../../src/completion/error.ts';
import type { ServerConfig } from '../../src/config/config.ts';
import {
  CompleteRequest,
  CompleteResponse,
  CompletionServiceClient,
  CompletionServiceService,
  StreamCompleteResponse,
} from '../../src/gen/sluice/v1/completion_service.ts';
import { bindService, type Handlers } from '../../src/grpc/bind-service.ts';
import type { RpcContext } from '../../src/grpc/rpc.ts';
import type { RpcObserver, RpcStart } from '../../src/grpc/rpc-telemetry.ts';
import { createGrpcServer, type GrpcServer } from '../../src/grpc/server.ts';
import { aCaller } from './builders.ts';

type CompletionHandlers = Handlers<typeof CompletionServiceService>;

/** The gRPC machinery around handlers of a few lines, with all that happened to it. */
export interface TestServer extends AsyncDisposable {
  readonly address: string;
  readonly server: GrpcServer;
  /** Each RPC that ended, in order. */
  readonly ended: { method: string; status: string; error: GatewayError | undefined }[];
  readonly started: RpcStart[];
  readonly warnings: string[];
  /** A client of its own, closed with the server. */
  client(options?: ConstructorParameters<typeof CompletionServiceClient>[2]): CompletionServiceClient;
}

export interface TestServerOptions {
  config?: Partial<ServerConfig>;
  complete?: CompletionHandlers['complete'];
  /** Left where it stands when the caller leaves. */
  streamComplete?: (request: CompleteRequest, context: RpcContext) => AsyncIterable<StreamCompleteResponse>;
}

export async function startServer({
  config,
  complete,
  streamComplete = echo,
}: TestServerOptions = {}): Promise<TestServer> {
  const handlers: CompletionHandlers = {
    complete:
      complete ?? (async (request) => CompleteResponse.fromPartial({ id: 'echo', model: request.model })),
    async streamComplete(request, context, send) {
      for await (const response of streamComplete(request, context)) {
        await send(response);
        context.abort.signal.throwIfAborted();
      }
    },
  };
  const ended: TestServer['ended'] = [];
  const started: RpcStart[] = [];
  const warnings: string[] = [];
  const clients: CompletionServiceClient[] = [];
  const server = createGrpcServer({
    config: { ...defaults, ...config },
    services: [bindService(CompletionServiceService, handlers)],
    authenticate: () => aCaller(),
    observer: recordInto(started, ended),
    log: { warn: (_fields, message) => warnings.push(message) },
  });
  const { address } = await server.start();
  return {
    address,
    server,
    ended,
    started,
    warnings,
    client(options) {
      const client = new CompletionServiceClient(address, credentials.createInsecure(), options);
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await server.stop();
    },
  };
}

/** The n-th event of a stream: a piece of text. */
export function text(sequence: number, value: string): StreamCompleteResponse {
  return StreamCompleteResponse.fromPartial({
    sequence,
    event: { $case: 'textDelta', value: { text: value } },
  });
}

export const aRequest = CompleteRequest.fromPartial({ model: 'demo', prompt: 'hello' });

const defaults: ServerConfig = {
  address: '127.0.0.1:0',
  metricsAddress: undefined,
  tls: undefined,
  drainTimeoutMs: 500,
  maxMessageBytes: 32 * 1024 * 1024,
  concurrency: { maxConcurrency: 1_000, maxQueueLength: 0, queueTimeoutMs: 0 },
  keepaliveTimeMs: 60_000,
  keepaliveTimeoutMs: 20_000,
  maxConnectionAgeMs: 1_800_000,
  maxConnectionAgeGraceMs: 600_000,
  reflection: true,
};

function recordInto(started: RpcStart[], ended: TestServer['ended']): RpcObserver {
  return {
    rpcStarted(start) {
      started.push({ ...start });
      return {
        traceId: undefined,
        cacheLookedUp() {},
        attemptStarted: () => ({ firstContent() {}, ended() {} }),
        embeddingStarted: () => ({ firstContent() {}, ended() {} }),
        embeddingSettled() {},
        completionSettled() {},
        retryDenied() {},
        answerWithheld() {},
        failedQuietly() {},
        ended: (status, error) => ended.push({ method: start.method, status, error }),
      };
    },
  };
}

async function* echo({ model }: CompleteRequest): AsyncGenerator<StreamCompleteResponse> {
  yield text(1, model);
}
