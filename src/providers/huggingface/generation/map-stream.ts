import type { CompletionEvent } from '../../../completion/ports/events.ts';
import type { ProviderCall } from '../../../completion/ports/provider.ts';
import type { StreamDecoder } from '../../shared/decode-stream.ts';
import { type JsonObject, objectAt, parseObject, stringAt } from '../../shared/json.ts';
import { endedEarly } from '../../shared/transport-error.ts';
import { answeredError } from '../map-error.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { mapUsage } from './map-usage.ts';
import { createStopTrimmer } from './trim-stop.ts';

/** Creates the decoder of one stream of tokens. Its last event has the whole text, and how it ended. */
export function createStreamDecoder({
  call,
  provider,
}: {
  call: ProviderCall;
  provider: string;
}): StreamDecoder {
  const trimmer = createStopTrimmer(call.request.sampling?.stop ?? []);
  let details: JsonObject | undefined;
  let ended = false;

  return {
    ended() {
      return ended;
    },
    decode({ data }) {
      // The mark of OpenAI's streams, which says nothing here.
      if (data === '[DONE]') return [];
      const event = parseObject(data);
      const error = answeredError(event, provider);
      if (error) throw error;
      details = objectAt(event, 'details');
      ended = details !== undefined || stringAt(event, 'generated_text') !== undefined;
      return textDelta(trimmer.push(textOf(objectAt(event, 'token'))));
    },
    end() {
      if (!ended) throw endedEarly(provider);
      const providerFinishReason = stringAt(details, 'finish_reason') ?? '';
      const finishReason = mapFinishReason(providerFinishReason);
      return [
        ...textDelta(trimmer.end(providerFinishReason === 'stop_sequence')),
        { $case: 'finished', value: { finishReason, providerFinishReason, usage: mapUsage(details) } },
      ];
    },
  };
}

/** Tokens such as the one that ends a text are no text. */
function textOf(token: JsonObject | undefined): string {
  return token?.['special'] === true ? '' : (stringAt(token, 'text') ?? '');
}

function textDelta(text: string): CompletionEvent[] {
  return text === '' ? [] : [{ $case: 'textDelta', value: { text } }];
}
