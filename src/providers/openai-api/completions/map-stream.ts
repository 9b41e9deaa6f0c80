import type { StreamDecoder } from '../../shared/decode-stream.ts';
import { type JsonObject, malformed, numberAt, objectsAt, parseObject, stringAt } from '../../shared/json.ts';
import { endedEarly } from '../../shared/transport-error.ts';
import { finishError, mapFinishReason } from '../chat/map-finish-reason.ts';
import { mapUsage, usageIn } from '../chat/map-usage.ts';
import { responseFacts } from '../chat/response-facts.ts';
import type { AnswerContext } from '../completion-api.ts';
import { answeredError, reportedError } from '../map-error.ts';

/** Creates the decoder of one stream of text completion chunks. */
export function createStreamDecoder({ call, provider }: AnswerContext): StreamDecoder {
  let finishWord: string | undefined;
  let usage: JsonObject | undefined;
  let introduced = false;
  let sawChoice = false;
  let ended = false;

  return {
    ended() {
      return ended;
    },
    decode({ event, data }) {
      if (data === '[DONE]') {
        ended = true;
        return [];
      }
      const chunk = parseObject(data);
      if (event === 'error') throw reportedError(chunk, provider);
      const error = answeredError(chunk, provider);
      if (error) throw error;
      if (!introduced) call.report(responseFacts(chunk));
      introduced = true;
      usage = usageIn(chunk) ?? usage;
      const choice = objectsAt(chunk, 'choices').find(isFirst);
      if (!choice) return [];
      sawChoice = true;
      finishWord = stringAt(choice, 'finish_reason') || finishWord;
      const failure = answeredError(choice, provider) ?? finishError(finishWord ?? '', provider);
      if (failure) throw failure;
      const text = stringAt(choice, 'text');
      return text ? [{ $case: 'textDelta', value: { text } }] : [];
    },
    end() {
      if (ended && !sawChoice) throw malformed('it has no choice');
      if (!ended && finishWord === undefined) throw endedEarly(provider);
      const providerFinishReason = finishWord ?? '';
      const finishReason = mapFinishReason(providerFinishReason, { calledTools: false, refused: false });
      return [{ $case: 'finished', value: { finishReason, providerFinishReason, usage: mapUsage(usage) } }];
    },
  };
}

/** Who asks for several choices by provider options gets the first. */
function isFirst(choice: JsonObject): boolean {
  return (numberAt(choice, 'index') ?? 0) === 0;
}
