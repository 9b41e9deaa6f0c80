import type { TextGenerationInput } from '@huggingface/inference';
import type { ProviderCall } from '../../../completion/ports/provider.ts';
import type { ResponseFormat, Sampling, Warning } from '../../../gen/sluice/v1/completion_service.ts';
import { mapPrompt } from '../../openai-api/completions/map-prompt.ts';
import { isObject, parseCallersObject } from '../../shared/json.ts';
import { conversation } from '../../shared/prompt.ts';
import { dropped } from '../../shared/warnings.ts';

export interface MappedRequest {
  body: TextGenerationInput;
  /** What the request asked for that the task cannot say. */
  warnings: Warning[];
}

/** Maps a request to the text that is to be continued. The caller's own options, also parameters, come last and win. */
export function mapRequest(
  { request, options }: ProviderCall,
  { streamed }: { streamed: boolean },
): MappedRequest {
  const { sampling, maxOutputTokens, responseFormat } = request;
  const parameters = {
    // Without one, the server goes on as far as it can.
    max_new_tokens: maxOutputTokens,
    ...mapSampling(sampling),
    grammar: mapGrammar(responseFormat),
    // Why the text ended, and how many tokens it has.
    details: true,
    return_full_text: false,
    ...(isObject(options?.['parameters']) && options['parameters']),
  };
  const body = { inputs: mapPrompt(conversation(request)), ...options, parameters, stream: streamed };
  // Members that are undefined are not written, which the SDK's types do not foresee.
  return {
    body: body as TextGenerationInput,
    warnings: request.endUser ? [dropped('end_user', 'the provider takes no ids of users')] : [],
  };
}

function mapSampling(sampling: Sampling | undefined): Record<string, unknown> {
  if (!sampling) return {};
  const { temperature, topP, topK, seed, stop, frequencyPenalty } = sampling;
  return {
    // TGI refuses a temperature of 0 and a top_p of 1, which say what it does anyway.
    temperature: temperature || undefined,
    do_sample: temperature === undefined ? undefined : temperature > 0,
    top_p: topP === 1 ? undefined : topP,
    top_k: topK,
    seed,
    stop: stop.length > 0 ? stop : undefined,
    frequency_penalty: frequencyPenalty,
  };
}

function mapGrammar(format: ResponseFormat | undefined): { type: 'json'; value: unknown } | undefined {
  switch (format?.format?.$case) {
    case 'jsonObject':
      return { type: 'json', value: { type: 'object' } };
    case 'jsonSchema': {
      const { schema } = format.format.value;
      return { type: 'json', value: parseCallersObject(schema, 'response_format.json_schema.schema') };
    }
    default:
      return undefined;
  }
}
