import type { ChatDialect } from '../chat/dialect.ts';
import type { CompletionApi } from '../completion-api.ts';
import { completionsCapabilities } from './capabilities.ts';
import { mapAnswer } from './map-answer.ts';
import { mapRequest } from './map-request.ts';
import { createStreamDecoder } from './map-stream.ts';

/** Creates the way to speak the legacy completions API with a server; of its dialect, only this matters here. */
export function createCompletionsApi({ capabilities }: Pick<ChatDialect, 'capabilities'>): CompletionApi {
  return {
    path: '/completions',
    capabilities: (model) => completionsCapabilities(capabilities(model)),
    mapRequest,
    mapAnswer,
    createStreamDecoder,
  };
}
