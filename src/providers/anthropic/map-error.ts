import { APIError } from '@anthropic-ai/sdk';
import type { GatewayError, Reason } from '../../completion/error.ts';
import type { Now } from '../../completion/ports/now.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { httpError, providerError } from '../shared/http-error.ts';
import { isObject, type JsonObject, parseObject } from '../shared/json.ts';
import { transportError } from '../shared/transport-error.ts';

/** Turns whatever a call threw into a {@link GatewayError}. */
export function mapError(thrown: unknown, { provider, now }: { provider: string; now: Now }): GatewayError {
  if (!(thrown instanceof APIError) || thrown.status === undefined) return transportError(provider, thrown);
  const { status, headers, requestID } = thrown;
  const body = isObject(thrown.error) ? thrown.error : undefined;
  const error = errorIn(body);
  return httpError({
    provider,
    httpStatus: status,
    code: codeOf(error),
    reason: reasonOf(error) ?? (status === 404 && !error ? NOT_AN_API : undefined),
    requestId: requestID ?? (textAt(body, 'request_id') || undefined),
    headers,
    now,
    cause: thrown,
  });
}

/** The error that an answer with status 200, or an event of a stream, reports instead of content, if it does. */
export function answeredError(answer: JsonObject, provider: string): GatewayError | undefined {
  const error = errorIn(answer);
  if (!error && textAt(answer, 'type') !== 'error') return undefined;
  return providerError({
    provider,
    httpStatus: STATUS_OF_TYPE.get(textAt(error, 'type')),
    code: codeOf(error),
    reason: reasonOf(error),
    requestId: textAt(answer, 'request_id') || undefined,
    cause: answer,
  });
}

/** Reads the body of a 200. Throws the error that it reports instead of what was asked for, if it does. */
export function readAnswer(body: string, provider: string): JsonObject {
  const answer = parseObject(body);
  const error = answeredError(answer, provider);
  if (error) throw error;
  return answer;
}

/** A 404 without an error object comes from something else than the API: the base URL is wrong. */
const NOT_AN_API = ErrorReason.PROVIDER_RESPONSE_INVALID;

function errorIn(body: JsonObject | undefined): JsonObject | undefined {
  const { error } = body ?? {};
  return isObject(error) ? error : undefined;
}

function codeOf(error: JsonObject | undefined): string | undefined {
  return detailedCode(error) || textAt(error, 'type') || undefined;
}

function detailedCode(error: JsonObject | undefined): string {
  const { details } = error ?? {};
  return isObject(details) ? textAt(details, 'error_code') : '';
}

function reasonOf(error: JsonObject | undefined): Reason | undefined {
  const message = textAt(error, 'message');
  return (
    REASONS.get(detailedCode(error)) ??
    REASONS.get(textAt(error, 'type')) ??
    REASONS_IN_WORDS.find(({ words }) => words.test(message))?.reason
  );
}

/** By the provider's code, where it says more than the HTTP status. */
const REASONS = new Map<string, Reason>([
  ['timeout_error', ErrorReason.PROVIDER_TIMEOUT],
  ['billing_error', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  // These come as 400 or 429, but neither another request nor any waiting helps.
  ['contract_spend_limit_reached', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  ['enforced_spend_limit_reached', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  ['organization_on_hold', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  ['claude_code_key_creator_not_member', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  ['cmek_key_disabled', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
]);

/** What has no code of its own. */
const REASONS_IN_WORDS: readonly { words: RegExp; reason: Reason }[] = [
  { words: /prompt is too long|context (limit|window)/i, reason: ErrorReason.CONTEXT_LENGTH_EXCEEDED },
  { words: /content filtering policy/i, reason: ErrorReason.CONTENT_BLOCKED },
  {
    words: /credit balance is too low|specified (API|workspace) usage limits|organization has been disabled/i,
    reason: ErrorReason.PROVIDER_CREDENTIALS_REJECTED,
  },
];

/** The HTTP status that an error inside an answer would have had. */
const STATUS_OF_TYPE = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['conflict_error', 409],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);

/** A member of an error, whose form nothing guarantees. */
function textAt(error: JsonObject | undefined, key: string): string {
  const value = error?.[key];
  return typeof value === 'string' ? value : '';
}
