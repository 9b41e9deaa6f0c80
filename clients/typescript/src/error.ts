import { status } from '@grpc/grpc-js';
import type { BadRequest_FieldViolation, QuotaFailure_Violation } from './gen/google/rpc/error_details.ts';
import type { DeepPartial, ErrorReason } from './gen/sluice/v1/error.ts';
import type { Attempt } from './gen/sluice/v1/execution.ts';
import type { Cost, Usage } from './gen/sluice/v1/usage.ts';

/** Name of a gRPC status, such as `UNAVAILABLE`. */
export type StatusName = keyof typeof status;

/** Reasons that are born in the client, beside those of the contract. */
type ClientReason = 'INCOMPLETE_STREAM' | 'CLIENT_CLOSED' | 'API_KEY_UNAVAILABLE';

type GatewayReason = ErrorReason extends infer Reason
  ? Reason extends `ERROR_REASON_${infer Name}`
    ? Name
    : never
  : never;

/** Why a call failed. Open, since a newer gateway may know more reasons. */
export type Reason = GatewayReason | ClientReason | StatusName | (string & {});

/** What a {@link SluiceError} is made of. */
export interface SluiceErrorInit {
  status: StatusName;
  message: string;
  /** Defaults to `status`. */
  reason?: Reason;
  metadata?: Readonly<Record<string, string>>;
  retryAfterMs?: number | undefined;
  fieldViolations?: readonly DeepPartial<FieldViolation>[];
  quotaViolations?: readonly DeepPartial<QuotaViolation>[];
  attempts?: readonly Attempt[];
  usage?: Usage | undefined;
  cost?: Cost | undefined;
  cause?: unknown;
}

/** A request field that was found wanting. */
export type FieldViolation = Pick<BadRequest_FieldViolation, 'field' | 'description'>;

/** A quota that was exceeded: whose, and which. */
export type QuotaViolation = Pick<QuotaFailure_Violation, 'subject' | 'description'>;

const brand = Symbol.for('@sluice/client/SluiceError');

/**
 * Tells why a call failed. Every call rejects with this and nothing else. It never contains anything of the
 * request's content, so it may be logged as it is.
 */
export class SluiceError extends Error {
  override readonly name = 'SluiceError';
  /** Number of the gRPC status. */
  readonly code: number;
  /** Name of the gRPC status, such as `RESOURCE_EXHAUSTED`. */
  readonly status: StatusName;
  /** Stable name of the cause, such as `BUDGET_EXHAUSTED`; the status' name where the gateway gave none. */
  readonly reason: Reason;
  /** The dynamic values of the message. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether the same call may succeed when it is made again, after {@link retryAfterMs}. */
  readonly retryable: boolean;
  /** How long to wait before trying again, in milliseconds. Absent where the gateway did not say. */
  readonly retryAfterMs: number | undefined;
  /** Fields of the request at fault. */
  readonly fieldViolations: readonly FieldViolation[];
  /** Quotas that were exceeded. */
  readonly quotaViolations: readonly QuotaViolation[];
  /** The gateway's attempts at providers, in order. */
  readonly attempts: readonly Attempt[];
  /** Tokens that were used nevertheless. */
  readonly usage: Usage | undefined;
  /** What they cost. */
  readonly cost: Cost | undefined;

  constructor(init: SluiceErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    Object.defineProperty(this, brand, { value: true });
    this.status = init.status;
    this.code = status[init.status];
    this.reason = init.reason ?? init.status;
    this.metadata = init.metadata ?? {};
    this.retryAfterMs = init.retryAfterMs;
    this.retryable = isRetryable(this);
    this.fieldViolations = (init.fieldViolations ?? []).map(({ field = '', description = '' }) => ({
      field,
      description,
    }));
    this.quotaViolations = (init.quotaViolations ?? []).map(({ subject = '', description = '' }) => ({
      subject,
      description,
    }));
    this.attempts = init.attempts ?? [];
    this.usage = init.usage;
    this.cost = init.cost;
  }

  /** Tells whether a value is a SluiceError, also one of another copy of this package. */
  static is(value: unknown): value is SluiceError {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

/** The gateway says when to come back only where coming back makes sense. */
function isRetryable({ status, reason, retryAfterMs }: SluiceError): boolean {
  return status === 'UNAVAILABLE' || reason === 'INCOMPLETE_STREAM' || retryAfterMs !== undefined;
}
