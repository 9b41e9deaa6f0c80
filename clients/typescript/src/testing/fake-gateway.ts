import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { maxMessageBytes } from '../channel-options.ts';
import { SluiceError } from '../error.ts';
import type { DeepPartial } from '../gen/sluice/v1/completion_service.ts';
import {
  completer,
  type RequestOf,
  type ResponseOf,
  type Service,
  services,
  type UnaryName,
} from '../services.ts';
import { answerOnce, answerStream } from './answer-call.ts';
import {
  type CompletionScripts,
  type FakeCall,
  runComplete,
  runScript,
  runStream,
  type Script,
} from './script.ts';

/** What a fake gateway answers. RPCs without a script answer UNIMPLEMENTED, completions a fixed text. */
export interface FakeGatewayOptions extends CompletionScripts, FakeHandlers {
  /** Where to listen. Defaults to a free port of 127.0.0.1. */
  address?: string;
  /** Defaults to no TLS. */
  credentials?: ServerCredentials;
}

/** What the RPCs beside completions answer, by the names that the client gives them. */
export interface FakeHandlers
  extends Handlers<(typeof services.embedding)['methods']>,
    Handlers<(typeof services.model)['methods']>,
    Handlers<(typeof services.usage)['methods']>,
    Handlers<(typeof services.admin)['methods']> {}

type Handlers<Methods> = {
  [Name in UnaryName<Methods>]?: Script<RequestOf<Methods[Name]>, DeepPartial<ResponseOf<Methods[Name]>>>;
};

/** A gateway without providers, for the tests of those who call one. */
export interface FakeGateway extends AsyncDisposable {
  /** What to give {@link createClient} as `address`. */
  readonly address: string;
  /** What was received, oldest first. */
  readonly calls: readonly FakeCall[];
  /** Stops at once; calls still running are cancelled. */
  close(): void;
}

/** Starts a gateway in this process: real gRPC over a real socket, with scripted answers. */
export async function createFakeGateway(options: FakeGatewayOptions = {}): Promise<FakeGateway> {
  const { address = '127.0.0.1:0', credentials = ServerCredentials.createInsecure(), ...scripts } = options;
  const calls: FakeCall[] = [];
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
  });
  for (const service of Object.values(services)) {
    server.addService(service.methods, implementService(service, scripts, calls));
  }
  const port = await listen(server, address, credentials);

  return {
    address: address.replace(/:0$/, `:${port}`),
    calls,
    close,
    async [Symbol.asyncDispose]() {
      close();
    },
  };

  function close(): void {
    server.forceShutdown();
  }
}

type Scripts = CompletionScripts & FakeHandlers;

function implementService(
  service: Service,
  scripts: Scripts,
  calls: FakeCall[],
): UntypedServiceImplementation {
  const handlers = Object.entries(service.methods).map(([name, method]) => {
    const complete = completer(service, method, 'Response');
    const handler: handleUnaryCall<unknown, unknown> | handleServerStreamingCall<unknown, unknown> =
      method.responseStream
        ? answerStream(calls, (call) => runStream(scripts, call))
        : answerOnce(calls, async (call) => complete(await runUnary(name, scripts, call)));
    return [name, handler] as const;
  });
  return Object.fromEntries(handlers);
}

async function runUnary(name: string, scripts: Scripts, call: FakeCall): Promise<unknown> {
  if (name === 'complete') return await runComplete(scripts, call);
  // Names and scripts belong together by their types, which a look-up by name loses.
  const script = (scripts as Record<string, Script<unknown, unknown> | undefined>)[name];
  if (script !== undefined) return await runScript(script, call);
  throw new SluiceError({
    status: 'UNIMPLEMENTED',
    message: `The fake gateway has no script for ${name}: give createFakeGateway one of that name.`,
  });
}

function listen(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}
