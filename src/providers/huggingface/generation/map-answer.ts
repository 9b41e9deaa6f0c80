import type { CompletionEvents } from '../../../completion/ports/events.ts';
import type { Answer, ProviderCall } from '../../../completion/ports/provider.ts';
import type { Warning } from '../../../gen/sluice/v1/completion_service.ts';
import { Role } from '../../../gen/sluice/v1/message.ts';
import { malformed, objectAt, parseObjects, stringAt } from '../../shared/json.ts';
import { textsOf } from '../../shared/prompt.ts';
import type { ReadableHeaders } from '../../shared/retry-after.ts';
import { answeredError } from '../map-error.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { mapUsage } from './map-usage.ts';
import { createStopTrimmer } from './trim-stop.ts';

/** Maps a generated text, which some servers put into a list of one. */
export function mapAnswer(
  body: string,
  context: { call: ProviderCall; provider: string; warnings: Warning[]; headers?: ReadableHeaders },
): Answer {
  const { call, provider, warnings, headers } = context;
  const [answer] = parseObjects(body);
  if (!answer) throw malformed('it is empty');
  const error = answeredError(answer, provider);
  if (error) throw error;
  const generated = stringAt(answer, 'generated_text');
  if (generated === undefined) throw malformed('it has no text');
  const details = objectAt(answer, 'details');
  const providerFinishReason = stringAt(details, 'finish_reason') ?? '';
  const trimmer = createStopTrimmer(call.request.sampling?.stop ?? []);
  const text = trimmer.push(generated) + trimmer.end(providerFinishReason === 'stop_sequence');
  return {
    message: {
      role: Role.ASSISTANT,
      parts: text ? [{ part: { $case: 'text', value: text } }] : [],
      name: '',
    },
    finishReason: mapFinishReason(providerFinishReason),
    providerFinishReason,
    usage: mapUsage(details, headers),
    warnings,
  };
}

/** Maps a whole answer where a stream was asked for, which servers other than TGI may not have. */
export function mapUnstreamed(
  body: string,
  context: { call: ProviderCall; provider: string },
): CompletionEvents {
  const { message, finishReason, providerFinishReason, usage } = mapAnswer(body, {
    ...context,
    warnings: [],
  });
  return [
    ...textsOf(message).map((text) => ({ $case: 'textDelta' as const, value: { text } })),
    { $case: 'finished', value: { finishReason, providerFinishReason, usage } },
  ];
}
