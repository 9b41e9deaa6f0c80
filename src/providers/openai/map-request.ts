import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import type { ProviderCall } from '../../completion/ports.ts';
import type { ResponseFormat, Warning } from '../../gen/sluice/v1/completion_service.ts';
import { parseCallersObject } from '../shared/json.ts';
import { conversation } from '../shared/prompt.ts';
import { capabilitiesOf } from './capabilities.ts';
import { mapMessages } from './map-messages.ts';
import { mapReasoningEffort } from './map-reasoning-effort.ts';
import { mapTools } from './map-tools.ts';

export interface MappedRequest {
  body: ChatCompletionCreateParams;
  /** What the request asked for that chat completions cannot say. */
  warnings: Warning[];
}

/** Maps a request to the body of a chat completion. The caller's own options come last and win. */
export function mapRequest(call: ProviderCall, { streamed }: { streamed: boolean }): MappedRequest {
  const { model, request, options } = call;
  const { sampling, maxOutputTokens, endUser } = request;
  const { effort, warnings } = mapReasoningEffort(request.reasoning, model);
  const body = {
    model,
    messages: mapMessages(conversation(request).messages),
    max_completion_tokens: maxOutputTokens,
    temperature: sampling?.temperature,
    top_p: sampling?.topP,
    seed: sampling?.seed,
    stop: sampling?.stop.length ? sampling.stop : undefined,
    presence_penalty: sampling?.presencePenalty,
    frequency_penalty: sampling?.frequencyPenalty,
    reasoning_effort: effort,
    response_format: mapResponseFormat(request.responseFormat),
    safety_identifier: endUser || undefined,
    ...mapTools(request, capabilitiesOf(model)),
    ...(streamed && { stream_options: { include_usage: true } }),
    ...options,
    stream: streamed,
  };
  // Members that are undefined are not written, which the SDK's types do not foresee.
  return { body: body as ChatCompletionCreateParams, warnings };
}

function mapResponseFormat(
  format: ResponseFormat | undefined,
): ChatCompletionCreateParams['response_format'] | undefined {
  switch (format?.format?.$case) {
    case 'jsonObject':
      return { type: 'json_object' };
    case 'jsonSchema': {
      const { name, description, schema, strict } = format.format.value;
      return {
        type: 'json_schema',
        json_schema: {
          name: name || 'response',
          ...(description && { description }),
          schema: parseCallersObject(schema, 'response_format.json_schema.schema'),
          ...(strict && { strict }),
        },
      };
    }
    default:
      return undefined;
  }
}
