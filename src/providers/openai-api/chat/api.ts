import { malformed } from '../../shared/json.ts';
import type { AnswerContext, CompletionApi } from '../completion-api.ts';
import { repeatedBeginning } from './continuation.ts';
import type { ChatDialect } from './dialect.ts';
import { mapAnswer } from './map-answer.ts';
import { mapRequest } from './map-request.ts';
import { createStreamDecoder } from './map-stream.ts';

/** Creates the way to speak chat completions with a server that has this dialect. */
export function createChatApi(dialect: ChatDialect): CompletionApi {
  return {
    path: '/chat/completions',
    mapRequest: (call, { streamed }) => mapRequest(call, { streamed, dialect }),
    mapAnswer: (answer, context) => mapAnswer(answer, { ...context, ...repeated(context) }),
    createStreamDecoder: (context) => createStreamDecoder({ ...context, ...repeated(context) }),
    mapUnstreamed(answer, context) {
      // Its choice says a message as a chunk's says a delta, only all of it.
      const decoder = createStreamDecoder({ ...context, ...repeated(context) });
      const events = decoder.decodeChunk(answer);
      if (!answer['choices']) throw malformed('it is not an event stream');
      return [...events, ...decoder.end()];
    },
  };

  function repeated({ call }: AnswerContext): { repeated: string | undefined } {
    return { repeated: repeatedBeginning(call, dialect.continuation) };
  }
}
