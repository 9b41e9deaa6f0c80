export type { ApiKey, CallMetadata } from './call-metadata.ts';
export { createClient, type SluiceClient } from './client.ts';
export type { CallOptions, ClientOptions, KeepaliveOptions } from './client-options.ts';
export type { CompletionEvent, CompletionStream, TextChunk } from './completion-stream.ts';
export type { TlsOptions } from './credentials.ts';
export {
  type FieldViolation,
  type QuotaViolation,
  type Reason,
  SluiceError,
  type SluiceErrorInit,
  type StatusName,
} from './error.ts';
export {
  assistant,
  type CompleteInput,
  document,
  image,
  system,
  textOf,
  toolCallsOf,
  toolResult,
  user,
} from './messages.ts';
export type { UnaryMethods } from './unary-methods.ts';
