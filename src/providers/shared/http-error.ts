import { GatewayError, type Reason } from '../../completion/error.ts';
import type { Now } from '../../completion/ports/now.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { type ReadableHeaders, retryAfterMs } from './retry-after.ts';

/** What is known of a request that a provider answered with an error. */
export interface ProviderFailure {
  /** The provider's name in the configuration. */
  provider: string;
  /** The HTTP status; for an error inside a 200 answer, the one that its kind stands for. */
  httpStatus: number | undefined;
  /** The provider's own code. Shown to callers only if it looks like one. */
  code: string | undefined;
  /** What the code or text means, where the vendor's adapter knows better than the status. */
  reason?: Reason | undefined;
  /** The end of the sentence, where the vendor's adapter has a better one than the reason's. Ours, never a quote. */
  explanation?: string | undefined;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
  cause: unknown;
}

/** The one taxonomy: what an HTTP status of a provider means to a caller of the gateway. */
export function providerError(failure: ProviderFailure): GatewayError {
  const { provider, httpStatus, requestId, cause } = failure;
  const reason = failure.reason ?? reasonOfStatus(httpStatus);
  const code = failure.code && CODE.test(failure.code) ? failure.code : undefined;
  const answered = `${provider} answered ${httpStatus ?? 'with an error'}${code ? ` (${code})` : ''}`;
  return new GatewayError(
    reason,
    `${answered}: ${failure.explanation ?? EXPLANATIONS[reason] ?? 'it failed.'}`,
    {
      cause,
      httpStatus,
      providerCode: code,
      providerRequestId: requestId,
      retryAfterMs: failure.retryAfterMs,
      metadata: {
        provider,
        ...(httpStatus !== undefined && { httpStatus: String(httpStatus) }),
        ...(code && { providerCode: code }),
      },
    },
  );
}

/** {@link providerError} for an HTTP response, which tells by its headers when to try again. */
export function httpError(
  failure: ProviderFailure & { headers: ReadableHeaders | undefined; now: Now },
): GatewayError {
  const { headers, now } = failure;
  return providerError({
    ...failure,
    retryAfterMs: failure.retryAfterMs ?? (headers && retryAfterMs(headers, now)),
  });
}

const CODE = /^[A-Za-z0-9_.-]{1,64}$/;

/** What an HTTP status says by itself. */
export function reasonOfStatus(status: number | undefined): Reason {
  if (status === undefined) return ErrorReason.PROVIDER_UNAVAILABLE;
  const known = REASONS.get(status);
  if (known) return known;
  if (status >= 500) return ErrorReason.PROVIDER_UNAVAILABLE;
  if (status >= 400) return ErrorReason.PROVIDER_REJECTED_REQUEST;
  // An answer that is neither a success nor an error, such as a redirect, which is not followed.
  return ErrorReason.PROVIDER_RESPONSE_INVALID;
}

const REASONS = new Map<number, Reason>([
  [401, ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  [402, ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  [403, ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  [404, ErrorReason.MODEL_NOT_FOUND],
  [408, ErrorReason.PROVIDER_TIMEOUT],
  // A lock that was not free: nothing that the caller did.
  [409, ErrorReason.PROVIDER_UNAVAILABLE],
  [413, ErrorReason.CONTEXT_LENGTH_EXCEEDED],
  [425, ErrorReason.PROVIDER_UNAVAILABLE],
  [429, ErrorReason.PROVIDER_RATE_LIMITED],
]);

const EXPLANATIONS: Partial<Record<Reason, string>> = {
  [ErrorReason.PROVIDER_REJECTED_REQUEST]: 'it finds the request wanting.',
  [ErrorReason.CONTEXT_LENGTH_EXCEEDED]: 'the conversation is too long for the model; send less of it.',
  [ErrorReason.CONTENT_BLOCKED]: 'its content filter refused the input.',
  [ErrorReason.PROVIDER_CREDENTIALS_REJECTED]: "it does not accept the gateway's key, or wants paying.",
  [ErrorReason.MODEL_NOT_FOUND]: 'it knows no such model.',
  [ErrorReason.PROVIDER_TIMEOUT]: 'it was too slow for itself.',
  [ErrorReason.PROVIDER_RATE_LIMITED]: "it limits the gateway's key.",
  [ErrorReason.PROVIDER_UNAVAILABLE]: 'it failed.',
  [ErrorReason.PROVIDER_RESPONSE_INVALID]: 'its answer could not be understood.',
};
