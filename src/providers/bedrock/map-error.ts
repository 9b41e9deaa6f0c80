import { GatewayError, type Reason } from '../../completion/error.ts';
import type { Now } from '../../completion/ports/now.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { httpError, providerError, reasonOfStatus } from '../shared/http-error.ts';
import { isObject, type JsonObject } from '../shared/json.ts';
import { transportError } from '../shared/transport-error.ts';
import { explanationOf } from './explain-error.ts';

/** Turns whatever a call threw into a {@link GatewayError}. */
export function mapError(
  thrown: unknown,
  { provider, region }: { provider: string; region: string },
): GatewayError {
  const error = transportError(provider, thrown);
  const isLost =
    thrown instanceof TypeError && isObject(thrown.cause) && thrown.cause['code'] === 'ENOTFOUND';
  if (!isLost) return error;
  const message = `${provider} was not found in the DNS; there may be no Bedrock in region ${region}.`;
  return new GatewayError(error.reason, message, { cause: thrown, metadata: { provider, region } });
}

/** Turns a response that is no success into a {@link GatewayError}. The kind of error stands in a header. */
export async function failedResponse(
  response: Response,
  { provider, region, now }: { provider: string; region: string; now: Now },
): Promise<GatewayError> {
  const { status, headers } = response;
  const body = objectIn(await response.text());
  const kind = headers.get('x-amzn-errortype')?.split(':')[0] || kindIn(body);
  const message = messageIn(body);
  return httpError({
    provider,
    httpStatus: status,
    code: kind,
    reason: reasonOf(kind, message, body) ?? (status === 404 && !kind && !message ? NOT_AN_API : undefined),
    explanation: explanationOf(kind, message, region),
    requestId: headers.get('x-amzn-requestid') ?? undefined,
    headers,
    now,
    cause: body,
  });
}

/** The error that an answer with status 200 reports instead of content, as AWS does for a path that it does not know. */
export function answeredError(answer: JsonObject, provider: string): GatewayError | undefined {
  const { Output: output } = answer;
  const body = isObject(output) ? output : answer;
  const kind = kindIn(body);
  return kind === undefined ? undefined : reportedError(kind, body, provider);
}

/** The error for a frame of a stream that holds an exception; `kind` begins with a small letter there. */
export function streamException(kind: string | undefined, payload: string, provider: string): GatewayError {
  const name = kind && `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  return reportedError(name, objectIn(payload), provider);
}

function reportedError(
  kind: string | undefined,
  body: JsonObject | undefined,
  provider: string,
): GatewayError {
  return providerError({
    provider,
    httpStatus: STATUS_OF_KIND.get(kind ?? ''),
    code: kind,
    reason: reasonOf(kind, messageIn(body), body),
    cause: body,
  });
}

/** A 404 that says nothing as AWS would comes from something else: the base URL is wrong. */
const NOT_AN_API = ErrorReason.PROVIDER_RESPONSE_INVALID;

function reasonOf(
  kind: string | undefined,
  message: string,
  body: JsonObject | undefined,
): Reason | undefined {
  if (kind === 'ModelErrorException' || kind === 'ModelStreamErrorException') return reasonOfModel(body);
  return (
    REASONS.get(kind ?? '') ??
    (kind === undefined || kind === 'ValidationException'
      ? REASONS_IN_WORDS.find(({ words }) => words.test(message))?.reason
      : undefined)
  );
}

/** The model failed behind Bedrock, which passes on the status that the model gave. */
function reasonOfModel(body: JsonObject | undefined): Reason {
  const { originalStatusCode: status } = body ?? {};
  return typeof status === 'number' && status >= 400
    ? reasonOfStatus(status)
    : ErrorReason.PROVIDER_UNAVAILABLE;
}

/** By the kind, where it says more than the HTTP status. */
const REASONS = new Map<string, Reason>([
  // These come as 400.
  ['ServiceQuotaExceededException', ErrorReason.PROVIDER_RATE_LIMITED],
  ['ThrottlingException', ErrorReason.PROVIDER_RATE_LIMITED],
  ['IncompleteSignatureException', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  ['InvalidSignatureException', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  // It comes as 429: the model is being made ready.
  ['ModelNotReadyException', ErrorReason.PROVIDER_UNAVAILABLE],
  ['ModelTimeoutException', ErrorReason.PROVIDER_TIMEOUT],
  // Not Bedrock, but another service of AWS, or none.
  ['UnknownOperationException', ErrorReason.PROVIDER_RESPONSE_INVALID],
]);

/** What has no kind of its own. */
const REASONS_IN_WORDS: readonly { words: RegExp; reason: Reason }[] = [
  {
    words: /model identifier is invalid|end of its life|on-demand throughput/i,
    reason: ErrorReason.MODEL_NOT_FOUND,
  },
  {
    words:
      /input tokens exceeded|(input|prompt) is too long|too many input tokens|maximum context length|context (limit|window)/i,
    reason: ErrorReason.CONTEXT_LENGTH_EXCEEDED,
  },
  { words: /content filtering policy/i, reason: ErrorReason.CONTENT_BLOCKED },
  // What an account gets to hear that may not use Bedrock.
  { words: /^operation not allowed/i, reason: ErrorReason.PROVIDER_CREDENTIALS_REJECTED },
];

/** The HTTP status that an error inside an answer would have had. */
const STATUS_OF_KIND = new Map([
  ['ValidationException', 400],
  ['ServiceQuotaExceededException', 400],
  ['AccessDeniedException', 403],
  ['ResourceNotFoundException', 404],
  ['UnknownOperationException', 404],
  ['ModelTimeoutException', 408],
  ['ModelErrorException', 424],
  ['ModelStreamErrorException', 424],
  ['ThrottlingException', 429],
  ['ModelNotReadyException', 429],
  ['InternalServerException', 500],
  ['ServiceUnavailableException', 503],
]);

function objectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `com.amazon.coral.service#UnknownOperationException` → `UnknownOperationException`. */
function kindIn(body: JsonObject | undefined): string | undefined {
  const { __type: type } = body ?? {};
  return typeof type === 'string' ? type.slice(type.lastIndexOf('#') + 1) : undefined;
}

/** Some of AWS's front ends write it with a capital letter. */
function messageIn(body: JsonObject | undefined): string {
  const { message, Message } = body ?? {};
  const text = message ?? Message;
  return typeof text === 'string' ? text : '';
}
