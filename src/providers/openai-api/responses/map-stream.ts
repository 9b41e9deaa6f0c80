import type { CompletionEvent } from '../../../completion/ports/events.ts';
import type { StreamDecoder } from '../../shared/decode-stream.ts';
import {
  type JsonObject,
  malformed,
  numberAt,
  objectAt,
  objectsAt,
  parseObject,
  stringAt,
} from '../../shared/json.ts';
import { endedEarly } from '../../shared/transport-error.ts';
import { responseFacts } from '../chat/response-facts.ts';
import type { AnswerContext } from '../completion-api.ts';
import { answeredError, reportedError } from '../map-error.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { mapUsage } from './map-usage.ts';
import { createStreamedItems } from './stream-items.ts';

/** Creates the decoder of one stream of response events. */
export function createStreamDecoder({ call, provider }: AnswerContext): StreamDecoder {
  const items = createStreamedItems();
  let introduced = false;
  let final: JsonObject | undefined;

  return {
    ended() {
      return final !== undefined;
    },
    decode({ data }) {
      // Some proxies add the end mark of the other APIs. It ends nothing here.
      if (data === '[DONE]') return [];
      return decodeEvent(parseObject(data));
    },
    end() {
      if (!final) throw endedEarly(provider);
      return conclusion(final);
    },
  };

  function decodeEvent(event: JsonObject): CompletionEvent[] {
    switch (stringAt(event, 'type')) {
      case 'response.created':
      case 'response.in_progress':
        introduce(objectAt(event, 'response'));
        return [];
      case 'response.output_item.added':
        return items.open(event);
      case 'response.output_text.delta':
        return items.addText(event);
      case 'response.reasoning_text.delta':
        return items.addReasoning(event, `content ${numberAt(event, 'content_index')}`);
      case 'response.reasoning_summary_text.delta':
        return items.addReasoning(event, `summary ${numberAt(event, 'summary_index')}`);
      case 'response.function_call_arguments.delta':
        return items.addArguments(event);
      case 'response.output_item.done':
        return items.close(event);
      case 'response.completed':
        return conclude('completed', objectAt(event, 'response'));
      case 'response.incomplete':
        return conclude('incomplete', objectAt(event, 'response'));
      case 'response.failed':
        throw reportedError(objectAt(event, 'response') ?? {}, provider);
      case 'error':
        throw reportedError(event, provider);
      case undefined:
        throw answeredError(event, provider) ?? malformed('an event has no type');
      default:
        return [];
    }
  }

  function introduce(response: JsonObject | undefined): void {
    if (introduced || !response) return;
    introduced = true;
    call.report(responseFacts(response));
  }

  function conclude(status: string, response: JsonObject | undefined): CompletionEvent[] {
    introduce(response);
    final = { status, ...response };
    return [];
  }

  function conclusion(response: JsonObject): CompletionEvent[] {
    const rest = items.end(objectsAt(response, 'output'));
    const ending = mapFinishReason(response, {
      calledTools: items.toolCalls() > 0,
      refused: items.refused(),
    });
    const usage = mapUsage(objectAt(response, 'usage'));
    return [...rest, { $case: 'finished', value: { ...ending, usage } }];
  }
}
