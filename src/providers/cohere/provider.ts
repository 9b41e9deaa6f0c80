import type {
  EmbedCall,
  Embeddings,
  Patience,
  Provider,
  ProviderCall,
  ResponseFacts,
} from '../../completion/ports/provider.ts';
import type { ProviderDependencies } from '../shared/dependencies.ts';
import { embedInBatches } from '../shared/embed-in-batches.ts';
import { endpointOf } from '../shared/endpoint.ts';
import { createHttpAdapter } from '../shared/http-adapter.ts';
import { malformed, parseObject } from '../shared/json.ts';
import type { LeanResponse } from '../shared/response.ts';
import { createSdkRequest } from '../shared/sdk-request.ts';
import { createTransport } from '../shared/transport.ts';
import { capabilitiesOf } from './capabilities.ts';
import { mapTokenCount, mapTokenizeRequest } from './count-tokens.ts';
import { listModels } from './list-models.ts';
import { mapAnswer } from './map-answer.ts';
import { mapEmbeddings, mapEmbedRequest } from './map-embeddings.ts';
import { answeredError, mapError } from './map-error.ts';
import { type MappedRequest, mapRequest } from './map-request.ts';
import { createStreamDecoder } from './map-stream.ts';
import { createSdk } from './sdk.ts';

const BASE_URL = 'https://api.cohere.com';

/** What the provider takes in one embed request, and a number of them that it can be asked at once. */
const BATCHES = { texts: 96, concurrency: 4 };

/** Creates a provider that speaks version 2 of Cohere's API. */
export function createCohereProvider({ config, connectTimeoutMs, now }: ProviderDependencies): Provider {
  const { name, apiKey } = config;
  const baseUrl = withoutVersion(config.baseUrl ?? BASE_URL);
  const transport = createTransport({ connectTimeoutMs });
  const sdk = createSdk({ baseUrl, apiKey });
  const post = (path: string) => createSdkRequest({ sdk, method: 'post', path, transport });
  const chat = post('/v2/chat');
  const embeddings = post('/v2/embed');
  const tokenize = post('/v1/tokenize');

  return {
    name,
    kind: 'cohere',
    telemetryName: 'cohere',
    endpoint: endpointOf(baseUrl),
    capabilities: capabilitiesOf,
    close: () => transport.close(),
    ...createHttpAdapter({
      mapRequest,
      send,
      mapAnswer: (body, call, warnings) => mapAnswer(parseObject(body), { call, provider: name, warnings }),
      createStreamDecoder: (call) => createStreamDecoder({ call, provider: name }),
      mapUnstreamed: (body) => {
        throw answeredError(parseObject(body), name) ?? malformed('it is not an event stream');
      },
      embed: (call) => embedInBatches(call, BATCHES, embedBatch),
      countTokens,
      listModels: (patience) => listModels((path) => readPage(path, patience)),
      mapError: (thrown) => mapError(thrown, { provider: name, now }),
    }),
  };

  async function send(call: ProviderCall, { body }: MappedRequest): Promise<LeanResponse> {
    const response = await chat(body, call);
    call.report(factsOf(response));
    return response;
  }

  async function embedBatch(call: EmbedCall): Promise<Embeddings> {
    const { body, warnings } = mapEmbedRequest(call);
    const response = await embeddings(body, call);
    call.report(factsOf(response));
    return mapEmbeddings(await response.text(), { provider: name, warnings });
  }

  async function countTokens(call: ProviderCall): Promise<number | undefined> {
    const body = mapTokenizeRequest(call);
    if (!body) return undefined;
    const response = await tokenize(body, call);
    return mapTokenCount(await response.text());
  }

  async function readPage(path: string, patience: Patience): Promise<string> {
    const ask = createSdkRequest({ sdk, method: 'get', path, transport });
    const response = await ask(undefined, patience);
    return response.text();
  }
}

/** The API has paths of two versions, but a base URL may well end with one. */
function withoutVersion(baseUrl: string): string {
  return baseUrl.replace(/(\/v\d+)?\/*$/, '');
}

function factsOf({ status, headers }: LeanResponse): ResponseFacts {
  const requestId = headers.get('x-debug-trace-id');
  return { httpStatus: status, ...(requestId && { requestId }) };
}
