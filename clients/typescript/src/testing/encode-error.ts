import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { SluiceError } from '../error.ts';
import type { Any } from '../gen/google/protobuf/any.ts';
import { BadRequest, ErrorInfo, QuotaFailure, RetryInfo } from '../gen/google/rpc/error_details.ts';
import { Status } from '../gen/google/rpc/status.ts';
import { ProviderFailure } from '../gen/sluice/v1/error.ts';

/** Turns what a script threw into the status and trailers that the gateway would send. */
export function encodeError(thrown: unknown): ServiceError {
  const error = SluiceError.is(thrown) ? thrown : scriptFailed(thrown);
  const trailers = new Metadata();
  const details = Status.fromPartial({
    code: error.code,
    message: error.message,
    details: encodeDetails(error),
  });
  trailers.set('grpc-status-details-bin', Buffer.from(Status.encode(details).finish()));
  if (error.retryAfterMs !== undefined) trailers.set('grpc-retry-pushback-ms', String(error.retryAfterMs));
  return Object.assign(new Error(error.message), {
    code: error.code,
    details: error.message,
    metadata: trailers,
  });
}

function scriptFailed(thrown: unknown): SluiceError {
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return new SluiceError({ status: 'INTERNAL', message: `The fake gateway's script failed: ${what}` });
}

function encodeDetails(error: SluiceError): Any[] {
  const { reason, metadata, retryAfterMs, fieldViolations, quotaViolations, attempts, usage, cost } = error;
  const details = [
    pack('google.rpc.ErrorInfo', ErrorInfo, { reason, domain: 'sluice', metadata: { ...metadata } }),
  ];
  if (retryAfterMs !== undefined) {
    const retryDelay = { seconds: Math.floor(retryAfterMs / 1000), nanos: (retryAfterMs % 1000) * 1e6 };
    details.push(pack('google.rpc.RetryInfo', RetryInfo, { retryDelay }));
  }
  if (fieldViolations.length > 0) {
    details.push(pack('google.rpc.BadRequest', BadRequest, { fieldViolations: [...fieldViolations] }));
  }
  if (quotaViolations.length > 0) {
    details.push(pack('google.rpc.QuotaFailure', QuotaFailure, { violations: [...quotaViolations] }));
  }
  if (attempts.length > 0 || usage || cost) {
    const failure = { attempts: [...attempts], ...(usage && { usage }), ...(cost && { cost }) };
    details.push(pack('sluice.v1.ProviderFailure', ProviderFailure, failure));
  }
  return details;
}

interface MessageType<Message, Partial> {
  fromPartial(partial: Partial): Message;
  encode(message: Message): { finish(): Uint8Array };
}

function pack<Message, Partial>(name: string, type: MessageType<Message, Partial>, partial: Partial): Any {
  const value = Buffer.from(type.encode(type.fromPartial(partial)).finish());
  return { typeUrl: `type.googleapis.com/${name}`, value };
}
