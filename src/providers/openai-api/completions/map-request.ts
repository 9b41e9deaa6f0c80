import type { CompletionCreateParams } from 'openai/resources/completions';
import type { ProviderCall } from '../../../completion/ports/provider.ts';
import { conversation } from '../../shared/prompt.ts';
import type { MappedRequest } from '../completion-api.ts';
import { mapPrompt } from './map-prompt.ts';

/** Maps a request to the body of a text completion. The caller's own options, such as `suffix`, come last and win. */
export function mapRequest(call: ProviderCall, { streamed }: { streamed: boolean }): MappedRequest {
  const { model, request, options } = call;
  const { sampling, endUser } = request;
  const body = {
    model,
    prompt: mapPrompt(conversation(request)),
    max_tokens: request.maxOutputTokens ?? Math.min(call.defaultMaxOutputTokens, MOST_BY_DEFAULT),
    temperature: sampling?.temperature,
    top_p: sampling?.topP,
    seed: sampling?.seed,
    stop: sampling?.stop.length ? sampling.stop : undefined,
    presence_penalty: sampling?.presencePenalty,
    frequency_penalty: sampling?.frequencyPenalty,
    user: endUser || undefined,
    ...(streamed && { stream_options: { include_usage: true } }),
    ...options,
    stream: streamed,
  };
  // Members that are undefined are not written, which the SDK's types do not foresee.
  return { body: body as CompletionCreateParams, warnings: [] };
}

/**
 * Where nothing is said, the API stops after 16 tokens. This is half of the least context among its models, which
 * prompt and completion share.
 */
const MOST_BY_DEFAULT = 2048;
