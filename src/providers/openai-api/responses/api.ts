import type { ChatDialect } from '../chat/dialect.ts';
import type { CompletionApi } from '../completion-api.ts';
import { responsesCapabilities } from './capabilities.ts';
import { mapCount, mapCountRequest } from './count-tokens.ts';
import { mapAnswer } from './map-answer.ts';
import { mapRequest } from './map-request.ts';
import { createStreamDecoder } from './map-stream.ts';

/** Creates the way to speak the Responses API with a server; of its dialect, only this matters here. */
export function createResponsesApi(dialect: Pick<ChatDialect, 'capabilities' | 'endUser'>): CompletionApi {
  const { endUser } = dialect;
  const capabilities = (model: string) => responsesCapabilities(dialect.capabilities(model));
  return {
    path: '/responses',
    capabilities,
    mapRequest: (call, { streamed }) => mapRequest(call, { streamed, capabilities, endUser }),
    mapAnswer,
    createStreamDecoder,
    counting: {
      path: '/responses/input_tokens',
      mapRequest: (call) => mapCountRequest(mapRequest(call, { streamed: false, capabilities, endUser })),
      mapAnswer: mapCount,
    },
  };
}
