import type { Now } from '../../../completion/ports/now.ts';
import type { Provider } from '../../../completion/ports/provider.ts';
import { mapError } from '../../openai-api/map-error.ts';
import { requestIdIn } from '../../openai-api/request-id.ts';
import { createHttpAdapter } from '../../shared/http-adapter.ts';
import type { SdkRequest } from '../../shared/sdk-request.ts';
import { mapAnswer, mapUnstreamed } from './map-answer.ts';
import { mapRequest } from './map-request.ts';
import { createStreamDecoder } from './map-stream.ts';

/** Creates the way to have a text continued by a server of one's own. */
export function createGeneration({
  post,
  provider,
  now,
  listModels,
}: {
  /** Asks the server at its address. */
  post: SdkRequest;
  provider: string;
  now: Now;
  listModels: Provider['listModels'];
}): Pick<Provider, 'complete' | 'stream' | 'listModels'> {
  return createHttpAdapter({
    mapRequest,
    async send(call, { body }) {
      const response = await post(body, call);
      const requestId = requestIdIn(response.headers);
      call.report({ httpStatus: response.status, ...(requestId && { requestId }) });
      return response;
    },
    mapAnswer: (body, call, warnings, headers) => mapAnswer(body, { call, provider, warnings, headers }),
    createStreamDecoder: (call) => createStreamDecoder({ call, provider }),
    mapUnstreamed: (body, call) => mapUnstreamed(body, { call, provider }),
    listModels,
    mapError: (thrown) => mapError(thrown, { provider, now }),
  });
}
