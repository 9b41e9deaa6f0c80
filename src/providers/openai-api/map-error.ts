import { APIError } from 'openai';
import type { GatewayError, Reason } from '../../completion/error.ts';
import type { Now } from '../../completion/ports/now.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { httpError, providerError, reasonOfStatus } from '../shared/http-error.ts';
import { isObject, type JsonObject } from '../shared/json.ts';
import { transportError } from '../shared/transport-error.ts';
import { readError, type SaidError } from './read-error.ts';
import { requestIdIn } from './request-id.ts';

/** Turns whatever a call threw into a {@link GatewayError}. */
export function mapError(thrown: unknown, { provider, now }: { provider: string; now: Now }): GatewayError {
  if (!(thrown instanceof APIError) || thrown.status === undefined) return transportError(provider, thrown);
  const { status, headers } = thrown;
  const said = readError(thrown.error);
  return httpError({
    provider,
    httpStatus: status,
    code: said && codeOf(said, status),
    reason: reasonOf(said, status),
    requestId: requestIdIn(headers),
    headers,
    now,
    cause: thrown,
  });
}

/** The error that an answer with status 200, a chunk or a choice of one reports instead of a completion, if it does. */
export function answeredError(answer: JsonObject, provider: string): GatewayError | undefined {
  const isError = answer['error'] || answer['object'] === 'error' || isBareError(answer);
  return isError ? reportedError(answer, provider) : undefined;
}

/** Words in place of an answer: routers pass on errors of servers that put nothing around them. */
function isBareError(answer: JsonObject): boolean {
  return !CONTENTS.some((member) => member in answer) && Boolean(readError(answer)?.message);
}

const CONTENTS = ['choices', 'delta', 'output', 'data'];

/** The error that something holds that is known to be one. */
export function reportedError(answer: JsonObject, provider: string): GatewayError {
  const said = readError(answer);
  const status = statusIn(answer, said);
  return providerError({
    provider,
    httpStatus: undefined,
    code: said && codeOf(said, undefined),
    reason: reasonOf(said, status) ?? reasonOfStatus(status),
    cause: answer['error'] ?? answer,
  });
}

/** Makes the SDK's error of a response that is none of success. */
export function toError(
  status: number,
  body: object | undefined,
  text: string | undefined,
  headers: Headers,
): APIError {
  const error = isObject(body) && isObject(body['error']) ? body['error'] : body;
  // Not all servers put an `error` around the members of the error.
  return APIError.generate(status, body && { error }, text, headers);
}

/** Many a code is but the status again. */
function codeOf({ code, type }: SaidError, status: number | undefined): string | undefined {
  return (code === String(status) ? '' : code) || type || undefined;
}

/** What an error means where that is more than its status says. */
function reasonOf(said: SaidError | undefined, status: number | undefined): Reason | undefined {
  // A 404 without an error comes from something else than the API: the base URL is wrong.
  if (!said) return status === 404 ? NOT_AN_API : undefined;
  // A request that is too large for what the key may send in a minute is no matter of waiting.
  if (status === 413) return ErrorReason.CONTEXT_LENGTH_EXCEEDED;
  const known = REASONS.get(said.code) ?? REASONS.get(said.type);
  if (known) return known;
  const { message } = said;
  return TELLING.find((one) => one.statuses.includes(status) && one.message.test(message))?.reason;
}

const NOT_AN_API = ErrorReason.PROVIDER_RESPONSE_INVALID;

/** What a response fails by, with 200, that was begun before its images were looked at. */
const IMAGE_FAULTS = [
  'invalid_image',
  'invalid_image_format',
  'invalid_base64_image',
  'invalid_image_url',
  'invalid_image_mode',
  'image_too_large',
  'image_too_small',
  'image_parse_error',
  'image_file_too_large',
  'image_file_not_found',
  'unsupported_image_media_type',
  'empty_image_file',
  'failed_to_download_image',
];

/** By the provider's code or type, where it says more than the HTTP status. */
const REASONS = new Map<string, Reason>([
  ['context_length_exceeded', ErrorReason.CONTEXT_LENGTH_EXCEEDED],
  ['exceed_context_size_error', ErrorReason.CONTEXT_LENGTH_EXCEEDED],
  ['content_filter', ErrorReason.CONTENT_BLOCKED],
  ['content_policy_violation', ErrorReason.CONTENT_BLOCKED],
  // What the prompt is called that the moderation in front of a reasoning model refuses.
  ['invalid_prompt', ErrorReason.CONTENT_BLOCKED],
  ['bio_policy', ErrorReason.CONTENT_BLOCKED],
  ['misalignment_policy_violation', ErrorReason.CONTENT_BLOCKED],
  ['image_content_policy_violation', ErrorReason.CONTENT_BLOCKED],
  ...IMAGE_FAULTS.map((code) => [code, ErrorReason.PROVIDER_REJECTED_REQUEST] as const),
  ['model_not_found', ErrorReason.MODEL_NOT_FOUND],
  ['invalid_model', ErrorReason.MODEL_NOT_FOUND],
  // Of Together and Groq, with 400.
  ['model_not_available', ErrorReason.MODEL_NOT_FOUND],
  ['model_decommissioned', ErrorReason.MODEL_NOT_FOUND],
  ['DeploymentNotFound', ErrorReason.MODEL_NOT_FOUND],
  ['invalid_api_key', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  // These come as 429, but no waiting helps.
  ['insufficient_quota', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  ['billing_hard_limit_reached', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  ['billing_not_active', ErrorReason.PROVIDER_CREDENTIALS_REJECTED],
  ['rate_limit_exceeded', ErrorReason.PROVIDER_RATE_LIMITED],
  // Of llama.cpp, with 501.
  ['not_supported_error', ErrorReason.PROVIDER_REJECTED_REQUEST],
  // Of Cerebras, with 403.
  ['multimodal_not_enabled', ErrorReason.PROVIDER_REJECTED_REQUEST],
]);

const REFUSALS = [undefined, 400, 422];

/** By the provider's words, where it has no code for what happened. */
const TELLING: readonly { statuses: readonly (number | undefined)[]; message: RegExp; reason: Reason }[] = [
  {
    statuses: REFUSALS,
    message:
      /(maximum|max|exceeds? the( available)?) (context|prompt|model) (length|size|window)|prompt (is )?too long|tokens \+ .?max_new_tokens.? must be|`inputs` must have less than/i,
    reason: ErrorReason.CONTEXT_LENGTH_EXCEEDED,
  },
  {
    statuses: REFUSALS,
    message:
      /^(the )?(requested )?model .{0,200}(does not exist|not found)|^model not exist|not a valid model id/i,
    reason: ErrorReason.MODEL_NOT_FOUND,
  },
  {
    statuses: [400, 403],
    message: /requires moderation|was flagged|usage guidelines/i,
    reason: ErrorReason.CONTENT_BLOCKED,
  },
  // xAI's, and that of Gemini's compatible API.
  {
    statuses: [400],
    message: /^(incorrect api key provided|api key not valid)/i,
    reason: ErrorReason.PROVIDER_CREDENTIALS_REJECTED,
  },
  // llama.cpp's, for a text to embed that is longer than its batch.
  {
    statuses: [500],
    message: /is too large to process/i,
    reason: ErrorReason.CONTEXT_LENGTH_EXCEEDED,
  },
  // llama.cpp's, for a model without eyes or ears.
  {
    statuses: [500],
    message: /(image|audio|video) input is not supported/i,
    reason: ErrorReason.PROVIDER_REJECTED_REQUEST,
  },
  // llama.cpp's, for a begun answer of a model that is to think first; since 2026 it comes as 400.
  {
    statuses: [500],
    message: /^assistant response prefill is incompatible/i,
    reason: ErrorReason.PROVIDER_REJECTED_REQUEST,
  },
  // What web servers say of an address that they do not know: FastAPI's, llama.cpp's, Azure's.
  {
    statuses: [404],
    message: /^((file |resource |page )?not found|404 page not found)$/i,
    reason: NOT_AN_API,
  },
];

/** The HTTP status that an error inside an answer would have had. */
function statusIn(answer: JsonObject, said: SaidError | undefined): number | undefined {
  const error = isObject(answer['error']) ? answer['error'] : answer;
  const stated = [error['status_code'], error['http_status_code'], said?.code].map(Number);
  return stated.find((status) => status >= 400 && status < 600) ?? STATUS_OF_TYPE.get(said?.type);
}

const STATUS_OF_TYPE = new Map<string | undefined, number>([
  ['invalid_request_error', 400],
  ['BadRequestError', 400],
  ['authentication_error', 401],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['NotFoundError', 404],
  ['rate_limit_error', 429],
  ['requests', 429],
  ['tokens', 429],
  ['server_error', 500],
]);
