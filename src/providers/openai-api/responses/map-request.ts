import type {
  ResponseCreateParams,
  ResponseIncludable,
  ResponseTextConfig,
} from 'openai/resources/responses/responses';
import type { Reasoning } from 'openai/resources/shared';
import { messagesOf } from '../../../completion/messages.ts';
import type { ModelCapabilities, ProviderCall } from '../../../completion/ports/provider.ts';
import type { CompleteRequest, ResponseFormat, Warning } from '../../../gen/sluice/v1/completion_service.ts';
import { isObject, parseCallersObject } from '../../shared/json.ts';
import type { ChatDialect } from '../chat/dialect.ts';
import { mapReasoningEffort } from '../chat/map-reasoning-effort.ts';
import type { MappedRequest } from '../completion-api.ts';
import { isKnownToReason } from './capabilities.ts';
import { mapMessages } from './map-messages.ts';
import { mapTools } from './map-tools.ts';

/** Maps a request to the body of a response. The caller's own options come last and win. */
export function mapRequest(
  call: ProviderCall,
  { streamed, capabilities, endUser }: { streamed: boolean } & Pick<ChatDialect, 'capabilities' | 'endUser'>,
): MappedRequest {
  const { model, request, options } = call;
  const { sampling } = request;
  const takes = capabilities(model);
  const limit = mapOutputLimit(request);
  const { reasoning, warnings } = mapReasoning(call, takes);
  const body = {
    model,
    input: mapMessages(messagesOf(request)),
    max_output_tokens: limit.tokens,
    temperature: sampling?.temperature,
    top_p: sampling?.topP,
    ...(endUser && request.endUser && { [endUser]: request.endUser }),
    // The conversation is the caller's to keep, and reasoning with it.
    store: false,
    include: mapInclude(model, reasoning),
    ...mapTools(request, takes),
    ...options,
    reasoning: merged(reasoning, options?.['reasoning']),
    text: merged(mapText(request.responseFormat), options?.['text']),
    stream: streamed,
  };
  // Members that are undefined are not written, which the SDK's types do not foresee.
  return { body: body as ResponseCreateParams, warnings: [...limit.warnings, ...warnings] };
}

/** The least limit that the API takes. */
const MIN_OUTPUT_TOKENS = 16;

function mapOutputLimit({ maxOutputTokens: asked }: CompleteRequest): {
  tokens: number | undefined;
  warnings: Warning[];
} {
  if (asked === undefined || asked >= MIN_OUTPUT_TOKENS) return { tokens: asked, warnings: [] };
  const message = `max_output_tokens ${asked} was raised to the least that there is, ${MIN_OUTPUT_TOKENS}.`;
  const warning = { code: 'PARAMETER_CLAMPED', message, field: 'max_output_tokens' };
  return { tokens: MIN_OUTPUT_TOKENS, warnings: [warning] };
}

function mapReasoning(
  { model, request: { reasoning } }: ProviderCall,
  takes: ModelCapabilities,
): { reasoning: Reasoning | undefined; warnings: Warning[] } {
  // Unlike chat completions, this API shows reasoning to those who ask.
  const { effort, warnings } = mapReasoningEffort(reasoning && { ...reasoning, include: false }, model);
  const shows = reasoning?.include && takes.reasoning;
  if (effort === undefined && !shows) return { reasoning: undefined, warnings };
  return { reasoning: { ...(effort && { effort }), ...(shows && { summary: 'auto' }) }, warnings };
}

/** A model that does not reason refuses to be asked for the encrypted form of its reasoning. */
function mapInclude(model: string, reasoning: Reasoning | undefined): ResponseIncludable[] | undefined {
  return isKnownToReason(model) || reasoning ? ['reasoning.encrypted_content'] : undefined;
}

function mapText(format: ResponseFormat | undefined): ResponseTextConfig | undefined {
  switch (format?.format?.$case) {
    case 'jsonObject':
      return { format: { type: 'json_object' } };
    case 'jsonSchema': {
      const { name, description, schema, strict } = format.format.value;
      return {
        format: {
          type: 'json_schema',
          name: name || 'response',
          ...(description && { description }),
          schema: parseCallersObject(schema, 'response_format.json_schema.schema'),
          strict,
        },
      };
    }
    default:
      return undefined;
  }
}

/** Options that name another side of a member, such as `text.verbosity`, leave what the request says of it. */
function merged(said: object | undefined, option: unknown): unknown {
  if (option === undefined) return said;
  return isObject(option) ? { ...said, ...option } : option;
}
