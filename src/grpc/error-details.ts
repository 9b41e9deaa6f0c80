import {
  type FieldViolation,
  type GatewayError,
  type GatewayErrorDetails,
  type Reason,
  reasonName,
} from '../completion/error.ts';
import type { Any } from '../gen/google/protobuf/any.ts';
import { BadRequest, ErrorInfo, QuotaFailure, RetryInfo } from '../gen/google/rpc/error_details.ts';
import { Status } from '../gen/google/rpc/status.ts';
import { ProviderFailure } from '../gen/sluice/v1/error.ts';
import type { Attempt } from '../gen/sluice/v1/execution.ts';

/**
 * Encodes an error as `google.rpc.Status`, for the trailer `grpc-status-details-bin`, in at most `maxBytes` once it
 * is in base64. What does not fit is left out, the middle of a long list of attempts first, and counted in the
 * ErrorInfo.
 */
export function encodeDetails(code: number, message: string, error: GatewayError, maxBytes: number): Buffer {
  try {
    for (const details of shrinkingDetails(error)) {
      const bytes = encodeStatus({ code, message, details });
      if (Math.ceil(bytes.length / 3) * 4 <= maxBytes) return bytes;
    }
  } catch {
    // A detail that cannot be written is a bug elsewhere, but the caller must still get an answer.
  }
  return encodeStatus({ code, message, details: [errorInfo(error.reason, {})] });
}

/** The details of an error, again and again with a little less. */
function* shrinkingDetails({ reason, details }: GatewayError): Generator<Any[]> {
  const attempts = [...(details.attempts ?? [])];
  const violations = [...(details.violations ?? [])];
  let omitted = 0;
  for (;;) {
    const metadata = { ...details.metadata, ...(omitted > 0 && { omittedDetails: String(omitted) }) };
    yield [errorInfo(reason, metadata), ...otherDetails(details, attempts, violations)];
    if (attempts.length > 2) omitted += attempts.splice(Math.floor(attempts.length / 2), 1).length;
    else if (violations.length > 1)
      omitted += violations.splice(Math.ceil(violations.length * 0.8) - 1).length;
    else return;
  }
}

function errorInfo(reason: Reason, metadata: Record<string, string>): Any {
  return pack(
    'google.rpc.ErrorInfo',
    ErrorInfo.encode({ reason: reasonName(reason), domain: 'sluice', metadata }),
  );
}

function otherDetails(
  { retryAfterMs, usage, cost, quotas = [] }: GatewayErrorDetails,
  attempts: Attempt[],
  violations: FieldViolation[],
): Any[] {
  const others: Any[] = [];
  if (violations.length > 0) {
    const fieldViolations = violations.map((violation) => ({ ...violation, reason: '' }));
    others.push(pack('google.rpc.BadRequest', BadRequest.encode({ fieldViolations })));
  }
  if (quotas.length > 0) {
    others.push(
      pack(
        'google.rpc.QuotaFailure',
        QuotaFailure.encode(QuotaFailure.fromPartial({ violations: [...quotas] })),
      ),
    );
  }
  if (retryAfterMs !== undefined) {
    others.push(pack('google.rpc.RetryInfo', RetryInfo.encode({ retryDelay: toDuration(retryAfterMs) })));
  }
  if (attempts.length > 0 || usage || cost) {
    others.push(pack('sluice.v1.ProviderFailure', ProviderFailure.encode({ attempts, usage, cost })));
  }
  return others;
}

function pack(type: string, message: { finish(): Uint8Array }): Any {
  return { typeUrl: `type.googleapis.com/${type}`, value: toBuffer(message.finish()) };
}

function toDuration(ms: number): { seconds: number; nanos: number } {
  const whole = Math.max(0, Math.ceil(ms));
  return { seconds: Math.floor(whole / 1000), nanos: (whole % 1000) * 1_000_000 };
}

function encodeStatus(status: Status): Buffer {
  return toBuffer(Status.encode(status).finish());
}

function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
