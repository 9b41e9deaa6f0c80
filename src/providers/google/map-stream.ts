import type { CompletionEvent } from '../../completion/ports/events.ts';
import type { Part } from '../../gen/sluice/v1/message.ts';
import type { StreamDecoder } from '../shared/decode-stream.ts';
import { parseObjects } from '../shared/json.ts';
import { endedEarly } from '../shared/transport-error.ts';
import type { ResponseReader } from './response-reader.ts';

/** Creates the decoder of one stream. */
export function createStreamDecoder(reader: ResponseReader, provider: string): StreamDecoder {
  let toolCalls = 0;

  return {
    // There is no end mark but the end itself: text, usage and a better finish reason may follow the first one.
    ended: () => false,
    decode({ data }) {
      return parseObjects(data)
        .flatMap((response) => reader.read(response))
        .flatMap(eventsOf);
    },
    end() {
      const ending = reader.ending();
      if (!ending) throw endedEarly(provider);
      const { citations, ...finished } = ending;
      return [...citations.flatMap(eventsOf), { $case: 'finished', value: finished }];
    },
  };

  function eventsOf(part: Part): CompletionEvent[] {
    switch (part.part?.$case) {
      case 'text':
        return [{ $case: 'textDelta', value: { text: part.part.value } }];
      case 'reasoning': {
        const { text, signature, redacted } = part.part.value;
        return redacted
          ? [{ $case: 'part', value: part }]
          : [{ $case: 'reasoningDelta', value: { text, signature } }];
      }
      case 'toolCall': {
        const { arguments: json, ...started } = part.part.value;
        const index = toolCalls;
        toolCalls += 1;
        return [
          { $case: 'toolCallStarted', value: { index, ...started } },
          { $case: 'toolCallDelta', value: { index, arguments: json } },
        ];
      }
      default:
        return [{ $case: 'part', value: part }];
    }
  }
}
