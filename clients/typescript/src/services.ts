import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import * as admin from './gen/sluice/v1/admin_service.ts';
import * as completion from './gen/sluice/v1/completion_service.ts';
import * as embedding from './gen/sluice/v1/embedding_service.ts';
import * as model from './gen/sluice/v1/model_service.ts';
import * as usage from './gen/sluice/v1/usage_service.ts';

/** The contract's services, each with the module that was generated for its file. */
export const services = {
  completion: { methods: completion.CompletionServiceService, messages: completion },
  embedding: { methods: embedding.EmbeddingServiceService, messages: embedding },
  model: { methods: model.ModelServiceService, messages: model },
  usage: { methods: usage.UsageServiceService, messages: usage },
  admin: { methods: admin.AdminServiceService, messages: admin },
} as const satisfies Record<string, Service>;

/** A service as ts-proto generates it. */
export interface Service {
  methods: ServiceDefinition;
  messages: object;
}

/** The request of an RPC. */
export type RequestOf<Method> = Method extends { requestDeserialize: (bytes: Buffer) => infer Request }
  ? Request
  : never;

/** The response of an RPC. */
export type ResponseOf<Method> = Method extends { responseDeserialize: (bytes: Buffer) => infer Response }
  ? Response
  : never;

/** Names of a service's RPCs that answer once. */
export type UnaryName<Methods> = {
  [Name in keyof Methods]: Methods[Name] extends { responseStream: false } ? Name : never;
}[keyof Methods];

/**
 * Fills what a partial message leaves out. The message is found by the contract's naming rule, which buf lint
 * enforces: the messages of `ListModels` are `ListModelsRequest` and `ListModelsResponse`, in the same file.
 */
export function completer(
  { messages }: Service,
  { path }: MethodDefinition<unknown, unknown>,
  end: MessageEnd,
) {
  const name = `${path.slice(path.lastIndexOf('/') + 1)}${end}`;
  const message = (messages as Record<string, Message | undefined>)[name];
  if (!message) throw new Error(`The contract has no message ${name}`);
  return (partial: unknown): unknown => message.fromPartial(partial);
}

type MessageEnd = 'Request' | 'Response';

interface Message {
  fromPartial(partial: unknown): unknown;
}
