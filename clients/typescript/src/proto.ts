// The generated messages of the contract. The .proto files lie beside, in the package's folder `proto`.
export * from './gen/sluice/v1/admin_service.ts';
export * from './gen/sluice/v1/completion_service.ts';
// Every generated file has these four; one has to be chosen, and any will do.
export {
  type DeepPartial,
  type MessageFns,
  protobufFileName,
  protobufPackage,
} from './gen/sluice/v1/completion_service.ts';
export * from './gen/sluice/v1/embedding_service.ts';
export * from './gen/sluice/v1/error.ts';
export * from './gen/sluice/v1/execution.ts';
export * from './gen/sluice/v1/message.ts';
export * from './gen/sluice/v1/model_service.ts';
export * from './gen/sluice/v1/tool.ts';
export * from './gen/sluice/v1/usage.ts';
export * from './gen/sluice/v1/usage_service.ts';
