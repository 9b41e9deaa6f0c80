import type { GatewayError, Reason } from '../../completion/error.ts';
import type { Now } from '../../completion/ports/now.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { answeredError as answeredOpenAiError, toError as toOpenAiError } from '../openai-api/map-error.ts';
import { requestIdIn } from '../openai-api/request-id.ts';
import { httpError, providerError } from '../shared/http-error.ts';
import { isObject, type JsonObject } from '../shared/json.ts';
import type { Sdk } from '../shared/sdk-request.ts';

/**
 * Creates what turns a response that is none of success into an error. It may come from the router, from a provider
 * behind it, or from one's own server: what these do not have in common with OpenAI's API is told apart here.
 */
export function createToError({ provider, now }: { provider: string; now: Now }): Sdk['toError'] {
  return (status, body, text, headers) => {
    const cause = toOpenAiError(status, body, text, headers);
    const own = ownError(body) ?? notFound(status, headers);
    if (!own) return cause;
    return httpError({
      provider,
      httpStatus: status,
      ...own,
      requestId: requestIdIn(headers),
      headers,
      now,
      cause,
    });
  };
}

/** The error that an answer with status 200, or an event of a stream, reports instead of content, if it does. */
export function answeredError(answer: JsonObject, provider: string): GatewayError | undefined {
  const error = answeredOpenAiError(answer, provider);
  // Without a status, what nothing is known of counts as the server's own trouble.
  if (error?.reason !== ErrorReason.PROVIDER_UNAVAILABLE) return error;
  const own = ownError(answer) ?? invalidRequest(answer);
  return own ? providerError({ provider, httpStatus: undefined, ...own, cause: answer }) : error;
}

/** What is known of an error by itself. */
interface OwnError {
  code: string | undefined;
  reason: Reason;
  retryAfterMs?: number;
}

function ownError(body: object | undefined): OwnError | undefined {
  if (!isObject(body)) return undefined;
  const error = isObject(body['error']) ? body['error'] : body;
  for (const word of [error['code'], error['reason'], error['error_type']]) {
    const reason = typeof word === 'string' ? REASONS.get(word.toLowerCase()) : undefined;
    if (reason) return { code: String(word), reason };
  }
  // The model is being loaded: the router says for how many seconds more.
  const waitS = body['estimated_time'];
  if (typeof waitS !== 'number') return undefined;
  return { code: undefined, reason: ErrorReason.PROVIDER_UNAVAILABLE, retryAfterMs: Math.ceil(waitS * 1000) };
}

/** By the word that the router, Novita, TGI or TEI have for it, in lower case. */
const REASONS = new Map<string, Reason>([
  // No provider that the key's owner has enabled serves it.
  ['model_not_supported', ErrorReason.MODEL_NOT_FOUND],
  ['model_not_found', ErrorReason.MODEL_NOT_FOUND],
  ['not_enough_balance', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  // These two come as 429 and 424, and are the server's own trouble.
  ['overloaded', ErrorReason.PROVIDER_UNAVAILABLE],
  ['generation', ErrorReason.PROVIDER_UNAVAILABLE],
]);

/** What TGI says with 422, it says in a stream with 200. */
function invalidRequest({ error_type: code }: JsonObject): OwnError | undefined {
  if (typeof code !== 'string' || !INVALID.has(code)) return undefined;
  return { code, reason: ErrorReason.PROVIDER_REJECTED_REQUEST };
}

const INVALID = new Set(['validation', 'template_error', 'tool_error']);

/** The router vouches for what else comes from something that is no API. */
function notFound(status: number, headers: Headers): OwnError | undefined {
  if (status !== 404 || !headers.has('x-inference-provider')) return undefined;
  return { code: undefined, reason: ErrorReason.MODEL_NOT_FOUND };
}
