import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import type { GatewayError, Reason } from '../completion/error.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { encodeDetails } from './error-details.ts';

/** The gRPC status of every reason, as the comments in `error.proto` promise it. */
export const statusOf = {
  [ErrorReason.CALLER_CREDENTIALS_INVALID]: status.UNAUTHENTICATED,
  [ErrorReason.MODEL_NOT_ALLOWED]: status.PERMISSION_DENIED,
  [ErrorReason.INVALID_REQUEST]: status.INVALID_ARGUMENT,
  [ErrorReason.UNSUPPORTED_PARAMETER]: status.INVALID_ARGUMENT,
  [ErrorReason.PROVIDER_REJECTED_REQUEST]: status.INVALID_ARGUMENT,
  [ErrorReason.CONTEXT_LENGTH_EXCEEDED]: status.INVALID_ARGUMENT,
  [ErrorReason.CONTENT_BLOCKED]: status.FAILED_PRECONDITION,
  [ErrorReason.MODEL_NOT_FOUND]: status.NOT_FOUND,
  [ErrorReason.NOT_CACHED]: status.NOT_FOUND,
  [ErrorReason.CALLER_RATE_LIMITED]: status.RESOURCE_EXHAUSTED,
  [ErrorReason.BUDGET_EXHAUSTED]: status.RESOURCE_EXHAUSTED,
  [ErrorReason.STORE_UNAVAILABLE]: status.UNAVAILABLE,
  [ErrorReason.GATEWAY_OVERLOADED]: status.UNAVAILABLE,
  [ErrorReason.PROVIDER_RATE_LIMITED]: status.UNAVAILABLE,
  [ErrorReason.PROVIDER_UNAVAILABLE]: status.UNAVAILABLE,
  [ErrorReason.PROVIDER_TIMEOUT]: status.UNAVAILABLE,
  [ErrorReason.CIRCUIT_OPEN]: status.UNAVAILABLE,
  [ErrorReason.STREAM_INTERRUPTED]: status.UNAVAILABLE,
  [ErrorReason.PROVIDER_CREDENTIALS_REJECTED]: status.INTERNAL,
  [ErrorReason.PROVIDER_RESPONSE_INVALID]: status.INTERNAL,
  [ErrorReason.DEADLINE_EXCEEDED]: status.DEADLINE_EXCEEDED,
  [ErrorReason.CANCELLED]: status.CANCELLED,
  [ErrorReason.INTERNAL]: status.INTERNAL,
} satisfies Record<Reason, status>;

/** Name of an error's status, such as `UNAVAILABLE`. */
export function statusName(error: GatewayError): string {
  return status[statusOf[error.reason]];
}

/**
 * Turns an error into what grpc-js sends: status, message, and trailers with the `google.rpc` details, what a caller's
 * automatic retry should do, and whatever else the handler has `told`.
 */
export function toServiceError(error: GatewayError, told?: Metadata): StatusObject {
  const code = statusOf[error.reason];
  const details = sendable(error.message);
  const metadata = told ?? new Metadata();
  metadata.set(
    'grpc-status-details-bin',
    encodeDetails(code, details, error, maxTrailerBytes - encodeURI(details).length),
  );
  const pushback = retryPushback(error);
  if (pushback !== undefined) metadata.set('grpc-retry-pushback-ms', pushback);
  return { code, details, metadata };
}

/** Peers and proxies commonly refuse more than 8 KiB of trailers; this leaves room for their names and the rest. */
const maxTrailerBytes = 7_680;

const maxMessageLength = 500;

/**
 * A message that survives the trailer. grpc-js percent-encodes it with `encodeURI`, which throws on half a
 * surrogate pair and makes up to nine bytes of one character.
 */
function sendable(message: string): string {
  const short = message.length <= maxMessageLength ? message : `${message.slice(0, maxMessageLength)}…`;
  return short.toWellFormed();
}

/**
 * What the retry that gRPC clients make by themselves is told, by reason:
 *
 * - `wait`: for as long as RetryInfo says; not to come back where that is long or not known.
 * - `wait or move`: the same, but where no time is known the matter is left to the client. No provider was asked, and
 *   another instance may take the call.
 * - `stop`: not to come back. The gateway has tried what there is to try, and each new try is billed anew.
 * - `nothing`: such a status is not retried.
 */
const retryAdvice = {
  [ErrorReason.CALLER_RATE_LIMITED]: 'wait',
  [ErrorReason.BUDGET_EXHAUSTED]: 'wait',
  [ErrorReason.PROVIDER_RATE_LIMITED]: 'wait',
  [ErrorReason.CIRCUIT_OPEN]: 'wait',
  [ErrorReason.GATEWAY_OVERLOADED]: 'wait or move',
  [ErrorReason.STORE_UNAVAILABLE]: 'wait or move',
  [ErrorReason.PROVIDER_UNAVAILABLE]: 'stop',
  [ErrorReason.PROVIDER_TIMEOUT]: 'stop',
  [ErrorReason.STREAM_INTERRUPTED]: 'stop',
  [ErrorReason.CALLER_CREDENTIALS_INVALID]: 'nothing',
  [ErrorReason.MODEL_NOT_ALLOWED]: 'nothing',
  [ErrorReason.INVALID_REQUEST]: 'nothing',
  [ErrorReason.UNSUPPORTED_PARAMETER]: 'nothing',
  [ErrorReason.PROVIDER_REJECTED_REQUEST]: 'nothing',
  [ErrorReason.CONTEXT_LENGTH_EXCEEDED]: 'nothing',
  [ErrorReason.CONTENT_BLOCKED]: 'nothing',
  [ErrorReason.MODEL_NOT_FOUND]: 'nothing',
  [ErrorReason.NOT_CACHED]: 'nothing',
  [ErrorReason.PROVIDER_CREDENTIALS_REJECTED]: 'nothing',
  [ErrorReason.PROVIDER_RESPONSE_INVALID]: 'nothing',
  [ErrorReason.DEADLINE_EXCEEDED]: 'nothing',
  [ErrorReason.CANCELLED]: 'nothing',
  [ErrorReason.INTERNAL]: 'nothing',
} satisfies Record<Reason, 'wait' | 'wait or move' | 'stop' | 'nothing'>;

/** Beyond this a caller is better told to come back than made to wait unawares. */
const longestPushbackMs = 10_000;

/** The value of `grpc-retry-pushback-ms`: how long to wait, or `-1` for not to retry. */
function retryPushback({ reason, details: { retryAfterMs } }: GatewayError): string | undefined {
  const advice = retryAdvice[reason];
  if (advice === 'nothing' || (advice === 'wait or move' && retryAfterMs === undefined)) return undefined;
  if (advice === 'stop' || retryAfterMs === undefined || retryAfterMs > longestPushbackMs) return '-1';
  return String(Math.max(0, Math.ceil(retryAfterMs)));
}
