import { type ServiceError, status } from '@grpc/grpc-js';
import { SluiceError, type SluiceErrorInit, type StatusName } from './error.ts';
import type { Any } from './gen/google/protobuf/any.ts';
import { BadRequest, ErrorInfo, QuotaFailure, RetryInfo } from './gen/google/rpc/error_details.ts';
import { Status } from './gen/google/rpc/status.ts';
import { ProviderFailure } from './gen/sluice/v1/error.ts';

/** Rebuilds the gateway's error from the status of a call and the details in its trailers. */
export function decodeError(error: ServiceError): SluiceError {
  const name = (status[error.code] ?? 'UNKNOWN') as StatusName;
  const details = error.metadata?.get('grpc-status-details-bin')[0];
  return new SluiceError({
    status: name,
    message: error.details || `The call failed with ${name}.`,
    cause: error,
    ...(Buffer.isBuffer(details) ? decodeDetails(details) : undefined),
  });
}

function decodeDetails(encoded: Buffer): Partial<SluiceErrorInit> {
  try {
    const known: Partial<SluiceErrorInit> = {};
    for (const detail of Status.decode(encoded).details) Object.assign(known, decodeDetail(detail));
    return known;
  } catch {
    // Garbage in the details must not hide the status that came with it.
    return {};
  }
}

function decodeDetail({ typeUrl, value }: Any): Partial<SluiceErrorInit> {
  switch (typeUrl.slice(typeUrl.lastIndexOf('/') + 1)) {
    case 'google.rpc.ErrorInfo': {
      const { domain, reason, metadata } = ErrorInfo.decode(value);
      // Proxies on the way have reasons of their own, which mean something else.
      return domain === 'sluice' ? { reason, metadata } : {};
    }
    case 'google.rpc.RetryInfo': {
      const { seconds, nanos } = RetryInfo.decode(value).retryDelay ?? { seconds: 0, nanos: 0 };
      return { retryAfterMs: seconds * 1000 + Math.ceil(nanos / 1e6) };
    }
    case 'google.rpc.BadRequest':
      return { fieldViolations: BadRequest.decode(value).fieldViolations };
    case 'google.rpc.QuotaFailure':
      return { quotaViolations: QuotaFailure.decode(value).violations };
    case 'sluice.v1.ProviderFailure':
      return ProviderFailure.decode(value);
    default:
      return {};
  }
}
