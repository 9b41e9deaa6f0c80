import { CohereError } from 'cohere-ai';
import type { GatewayError, Reason } from '../../completion/error.ts';
import type { Now } from '../../completion/ports/now.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { httpError, providerError, reasonOfStatus } from '../shared/http-error.ts';
import { isObject, type JsonObject } from '../shared/json.ts';
import { transportError } from '../shared/transport-error.ts';

/** Turns whatever a call threw into a {@link GatewayError}. */
export function mapError(thrown: unknown, { provider, now }: { provider: string; now: Now }): GatewayError {
  if (!(thrown instanceof CohereError) || thrown.statusCode === undefined) {
    return transportError(provider, thrown);
  }
  const { statusCode: status, rawResponse } = thrown;
  const body = isObject(thrown.body) ? thrown.body : {};
  const headers = rawResponse?.headers;
  return httpError({
    provider,
    httpStatus: status,
    code: textIn(body, 'error_type') || undefined,
    reason: reasonOf(status, body),
    requestId: headers?.get('x-debug-trace-id') ?? (textIn(body, 'id') || undefined),
    headers,
    now,
    cause: thrown,
  });
}

/** The error that an answer with status 200, or an event of a stream, is instead of content: its message is a text. */
export function answeredError(answer: JsonObject, provider: string): GatewayError | undefined {
  const message = textIn(answer, 'message');
  if (message === '') return undefined;
  return providerError({
    provider,
    httpStatus: undefined,
    code: textIn(answer, 'error_type') || undefined,
    reason: reasonInWords(answer),
    requestId: textIn(answer, 'id') || undefined,
    cause: answer,
  });
}

/**
 * The error that an answer, or the event that ends a stream, reports as the reason for its end. The provider breaks off
 * there, and what it has said by then is not an answer.
 */
export function failedGeneration(answer: JsonObject, provider: string): GatewayError | undefined {
  const word = textIn(answer, 'finish_reason');
  const reason = FAILURES.get(word);
  if (!reason) return undefined;
  const said = reasonInWords({ message: textIn(answer, 'error') });
  return providerError({
    provider,
    httpStatus: undefined,
    code: word,
    reason: said ?? reason,
    cause: answer,
  });
}

const FAILURES = new Map<string, Reason>([
  ['ERROR', ErrorReason.PROVIDER_UNAVAILABLE],
  ['TIMEOUT', ErrorReason.PROVIDER_TIMEOUT],
]);

function reasonOf(status: number, body: JsonObject): Reason | undefined {
  // Where no model is spoken of, it is something else than the API that answers: the base URL is wrong.
  if (status === 404 && !/model/i.test(textIn(body, 'message'))) return ErrorReason.PROVIDER_RESPONSE_INVALID;
  return REASONS.get(status) ?? reasonInWords(body);
}

/** Statuses of Cohere's own. */
const REASONS = new Map<number, Reason>([
  // The request or its answer holds a token on the provider's deny list.
  [498, ErrorReason.CONTENT_BLOCKED],
  // It takes the request for cancelled, although nobody did.
  [499, ErrorReason.PROVIDER_UNAVAILABLE],
]);

/** Nearly all that there is beside the status: codes are rare. */
function reasonInWords(body: JsonObject): Reason | undefined {
  const message = textIn(body, 'message');
  const known = WORDS.find(({ words }) => words.test(message));
  if (known) return known.reason;
  return textIn(body, 'error_type') === 'TOO_MANY_TOKENS' ? ErrorReason.CONTEXT_LENGTH_EXCEEDED : undefined;
}

const WORDS: readonly { words: RegExp; reason: Reason }[] = [
  // It begins with "too many tokens" as well, but is about max_tokens.
  { words: /max tokens must be/i, reason: ErrorReason.PROVIDER_REJECTED_REQUEST },
  { words: /too many tokens/i, reason: ErrorReason.CONTEXT_LENGTH_EXCEEDED },
  // As an answer it has status 422, and a stream ends with it.
  { words: /no valid response generated/i, reason: reasonOfStatus(422) },
  // It comes as 429, but no waiting helps.
  { words: /trial key.* month/is, reason: ErrorReason.PROVIDER_CREDENTIALS_REJECTED },
];

/** A member of an error, whose form nothing guarantees. */
function textIn(error: JsonObject, key: string): string {
  const value = error[key];
  return typeof value === 'string' ? value : '';
}
