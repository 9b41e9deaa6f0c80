import type { GatewayError, Reason } from '../../completion/error.ts';
import type { Now } from '../../completion/ports/now.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { httpError, providerError } from '../shared/http-error.ts';
import { isObject, type JsonObject, malformed, parseObjects } from '../shared/json.ts';
import { durationMs } from '../shared/retry-after.ts';

/** Turns a response that is no success into a {@link GatewayError}. */
export async function failedResponse(
  response: Response,
  { provider, now }: { provider: string; now: Now },
): Promise<GatewayError> {
  const { status, headers } = response;
  const error = errorIn(await response.text());
  return httpError({
    provider,
    httpStatus: status,
    code: codeOf(error),
    reason: reasonOf(error) ?? (status === 404 && !error ? NOT_THE_API : undefined),
    retryAfterMs: retryDelayMs(error),
    headers,
    now,
    cause: error,
  });
}

/** The error that an answer with status 200, or a chunk of one, reports instead of a completion, if it does. */
export function answeredError(answer: JsonObject, provider: string): GatewayError | undefined {
  const { error: reported } = answer;
  if (reported === undefined || reported === null) return undefined;
  const error = isObject(reported) ? reported : undefined;
  const { code } = error ?? {};
  return providerError({
    provider,
    httpStatus: typeof code === 'number' && code >= 300 && code < 600 ? code : undefined,
    code: codeOf(error),
    reason: reasonOf(error),
    retryAfterMs: retryDelayMs(error),
    cause: error,
  });
}

/** Reads the body of a 200. Throws the error that it reports instead of what was asked for, if it does. */
export function readAnswer(body: string, provider: string): JsonObject {
  const [answer] = parseObjects(body);
  if (!answer) throw malformed('it is empty');
  const error = answeredError(answer, provider);
  if (error) throw error;
  return answer;
}

/** A 404 without an error object comes from something else than the API: the base URL is wrong. */
const NOT_THE_API = ErrorReason.PROVIDER_RESPONSE_INVALID;

/** The error object of a body, which may be a list of one, or something else altogether. */
function errorIn(body: string): JsonObject | undefined {
  try {
    const { error } = parseObjects(body)[0] ?? {};
    return isObject(error) ? error : undefined;
  } catch {
    return undefined;
  }
}

/** `API_KEY_INVALID` says more than `INVALID_ARGUMENT`. */
function codeOf(error: JsonObject | undefined): string | undefined {
  return textAt(detail(error, 'ErrorInfo'), 'reason') || textAt(error, 'status') || undefined;
}

function retryDelayMs(error: JsonObject | undefined): number | undefined {
  return durationMs(textAt(detail(error, 'RetryInfo'), 'retryDelay'));
}

function reasonOf(error: JsonObject | undefined): Reason | undefined {
  const code = codeOf(error) ?? '';
  const message = textAt(error, 'message');
  return MEANINGS.find(({ codes, texts }) => codes?.test(code) || texts?.test(message))?.reason;
}

/** What a code or a text means, where it says more than the HTTP status. */
const MEANINGS: readonly { codes?: RegExp; texts?: RegExp; reason: Reason }[] = [
  {
    // These come as 400.
    codes: /^API_KEY_/,
    texts: /^API key (not valid|expired)|please enable billing|location is not supported/i,
    reason: ErrorReason.PROVIDER_CREDENTIALS_REJECTED,
  },
  {
    texts: /input token count .*(exceeds the maximum|only supports up to)/i,
    reason: ErrorReason.CONTEXT_LENGTH_EXCEEDED,
  },
  {
    // A 403 about a file that the request names, not about the key.
    texts: /permission to access the file/i,
    reason: ErrorReason.PROVIDER_REJECTED_REQUEST,
  },
];

/** One of an error's details by its type, such as `type.googleapis.com/google.rpc.RetryInfo`. */
function detail(error: JsonObject | undefined, type: string): JsonObject | undefined {
  const { details } = error ?? {};
  if (!Array.isArray(details)) return undefined;
  return details.filter(isObject).find((one) => textAt(one, '@type').endsWith(`google.rpc.${type}`));
}

/** A member of an error, whose form nothing guarantees. */
function textAt(object: JsonObject | undefined, key: string): string {
  const value = object?.[key];
  return typeof value === 'string' ? value : '';
}
