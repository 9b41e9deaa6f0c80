import { APIError } from 'openai';
import type { GatewayError, Reason } from '../../completion/error.ts';
import type { Now } from '../../completion/ports.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { httpError, providerError, reasonOfStatus } from '../shared/http-error.ts';
import { isObject, type JsonObject } from '../shared/json.ts';
import { transportError } from '../shared/transport-error.ts';

/** Turns whatever a call threw into a {@link GatewayError}. */
export function mapError(thrown: unknown, { provider, now }: { provider: string; now: Now }): GatewayError {
  if (!(thrown instanceof APIError) || thrown.status === undefined) return transportError(provider, thrown);
  const { status, headers, requestID } = thrown;
  const error = isObject(thrown.error) ? thrown.error : undefined;
  return httpError({
    provider,
    httpStatus: status,
    code: codeOf(error),
    reason: reasonOf(error) ?? (status === 404 && !error ? NOT_AN_API : undefined),
    requestId: requestID ?? undefined,
    headers,
    now,
    cause: thrown,
  });
}

/** The error that an answer with status 200 reports instead of a completion, if it does. */
export function answeredError(answer: JsonObject, provider: string): GatewayError | undefined {
  const { error } = answer;
  if (error === undefined || error === null) return undefined;
  const details = isObject(error) ? error : undefined;
  const reason = reasonOf(details) ?? reasonOfStatus(STATUS_OF_TYPE.get(textOf(details, 'type')));
  return providerError({ provider, httpStatus: undefined, code: codeOf(details), reason, cause: error });
}

/** A 404 without an error object comes from something else than the API: the base URL is wrong. */
const NOT_AN_API = ErrorReason.PROVIDER_RESPONSE_INVALID;

function codeOf(error: JsonObject | undefined): string | undefined {
  return textOf(error, 'code') || textOf(error, 'type') || undefined;
}

function reasonOf(error: JsonObject | undefined): Reason | undefined {
  const known = REASONS.get(textOf(error, 'code')) ?? REASONS.get(textOf(error, 'type'));
  if (known) return known;
  return /maximum context length/i.test(textOf(error, 'message'))
    ? ErrorReason.CONTEXT_LENGTH_EXCEEDED
    : undefined;
}

/** By the provider's code, where it says more than the HTTP status. */
const REASONS = new Map<string, Reason>([
  ['context_length_exceeded', ErrorReason.CONTEXT_LENGTH_EXCEEDED],
  ['content_filter', ErrorReason.CONTENT_BLOCKED],
  ['content_policy_violation', ErrorReason.CONTENT_BLOCKED],
  // What the prompt is called that the moderation in front of a reasoning model refuses.
  ['invalid_prompt', ErrorReason.CONTENT_BLOCKED],
  ['model_not_found', ErrorReason.MODEL_NOT_FOUND],
  ['invalid_api_key', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  // These come as 429, but no waiting helps.
  ['insufficient_quota', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  ['billing_hard_limit_reached', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  ['billing_not_active', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  ['rate_limit_exceeded', ErrorReason.PROVIDER_RATE_LIMITED],
]);

/** The HTTP status that an error inside an answer would have had. */
const STATUS_OF_TYPE = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['rate_limit_error', 429],
  ['requests', 429],
  ['tokens', 429],
  ['server_error', 500],
]);

/** A member of an error, whose form nothing guarantees, not even that a code is a text. */
function textOf(error: JsonObject | undefined, key: string): string {
  const value = error?.[key];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
