import { ErrorReason } from '../gen/sluice/v1/error.ts';
import type { Attempt } from '../gen/sluice/v1/execution.ts';
import type { Cost, Usage } from '../gen/sluice/v1/usage.ts';

/** A reason that an error can have: every member of the contract's list but the placeholders. */
export type Reason = Exclude<ErrorReason, typeof ErrorReason.UNSPECIFIED | typeof ErrorReason.UNRECOGNIZED>;

/** A request field that was found wanting, by its path in the proto, such as `messages[2].parts[0].image`. */
export interface FieldViolation {
  field: string;
  description: string;
}

/** A limit that a call would have overstepped. */
export interface QuotaViolation {
  /** Whose limit, such as `key:checkout`. */
  subject: string;
  description: string;
}

export interface GatewayErrorDetails {
  /** What went wrong underneath. Kept for logs, never sent to a caller. */
  cause?: unknown;
  /** Every dynamic value of the message, by a lowerCamelCase key: becomes `ErrorInfo.metadata`. */
  metadata?: Record<string, string>;
  /** Fields at fault; becomes `BadRequest`. */
  violations?: readonly FieldViolation[];
  /** Limits of the caller that stood in the way; becomes `QuotaFailure`. */
  quotas?: readonly QuotaViolation[];
  /** When to try again, in milliseconds from now; becomes `RetryInfo`. */
  retryAfterMs?: number | undefined;
  /** The provider's HTTP status. */
  httpStatus?: number | undefined;
  /** The provider's own code, such as `model_not_found`. */
  providerCode?: string | undefined;
  /** The provider's id of the request, for its support. */
  providerRequestId?: string | undefined;
  /** Every attempt made for the call, in order; becomes `ProviderFailure`. */
  attempts?: readonly Attempt[];
  usage?: Usage | undefined;
  cost?: Cost | undefined;
}

/**
 * The only error that crosses a boundary inside Sluice. Its message is written by us, for the caller: it names
 * the field or part at fault and the way out, and never quotes a provider's body or a secret.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly reason: Reason;
  readonly details: GatewayErrorDetails;

  constructor(reason: Reason, message: string, details: GatewayErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.details = details;
  }
}

/** The reason as callers see it: `ERROR_REASON_CANCELLED` → `CANCELLED`. */
export function reasonName(reason: Reason): string {
  return reason.slice('ERROR_REASON_'.length);
}

/** Refuses a request for one field. */
export function invalidRequest(field: string, description: string): GatewayError {
  return new GatewayError(ErrorReason.INVALID_REQUEST, `${field}: ${description}`, {
    violations: [{ field, description }],
    metadata: { field },
  });
}

/** Turns whatever was thrown into a {@link GatewayError}; what is not ours is a bug and says no more than that. */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return new GatewayError(ErrorReason.INTERNAL, 'The gateway failed unexpectedly; its log has the details.', {
    cause: thrown,
  });
}
