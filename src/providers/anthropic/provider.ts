import Anthropic, { APIError } from '@anthropic-ai/sdk';
import type { Provider, ProviderCall } from '../../completion/ports/provider.ts';
import type { ProviderDependencies } from '../shared/dependencies.ts';
import { endpointOf } from '../shared/endpoint.ts';
import { createHttpAdapter } from '../shared/http-adapter.ts';
import { malformed, parseObject } from '../shared/json.ts';
import type { LeanResponse } from '../shared/response.ts';
import { createSdkRequest } from '../shared/sdk-request.ts';
import { createTransport } from '../shared/transport.ts';
import { capabilitiesOf } from './capabilities.ts';
import { mapCountRequest, mapTokenCount } from './count-tokens.ts';
import { listModels } from './list-models.ts';
import { mapAnswer } from './map-answer.ts';
import { answeredError, mapError, readAnswer } from './map-error.ts';
import { type MappedRequest, mapRequest } from './map-request.ts';
import { createStreamDecoder } from './map-stream.ts';

const BASE_URL = 'https://api.anthropic.com';

/** The SDK's own version of the API takes neither temperature nor top_p nor top_k, for no model. */
const API_VERSION = '2023-06-01';

/** Creates a provider that speaks Anthropic's Messages API. */
export function createAnthropicProvider({ config, connectTimeoutMs, now }: ProviderDependencies): Provider {
  const { name, baseUrl = BASE_URL } = config;
  const transport = createTransport({ connectTimeoutMs });
  const client = new Anthropic({
    // The SDK insists on a key, but a server of one's own may want none.
    apiKey: config.apiKey ?? 'none',
    baseURL: baseUrl,
    logLevel: 'off',
    defaultHeaders: { 'anthropic-version': API_VERSION },
    // Null keeps the SDK from looking into the environment for it.
    webhookKey: null,
  });
  const sdk = { client, toError: APIError.generate };
  const post = createSdkRequest({ sdk, method: 'post', path: '/v1/messages', transport });
  const count = createSdkRequest({ sdk, method: 'post', path: '/v1/messages/count_tokens', transport });

  return {
    name,
    kind: 'anthropic',
    telemetryName: 'anthropic',
    endpoint: endpointOf(baseUrl),
    capabilities: capabilitiesOf,
    close: () => transport.close(),
    ...createHttpAdapter({
      mapRequest,
      send,
      mapAnswer: (body, call, warnings) => mapAnswer(parseObject(body), { call, provider: name, warnings }),
      createStreamDecoder: (call) => createStreamDecoder({ call, provider: name }),
      mapUnstreamed: (body) => {
        // Some servers answer 200 with an error where a stream was asked for.
        throw answeredError(parseObject(body), name) ?? malformed('it is not an event stream');
      },
      countTokens,
      listModels: (patience) =>
        listModels(async (path) => {
          const get = createSdkRequest({ sdk, method: 'get', path, transport });
          const response = await get(undefined, patience);
          return readAnswer(await response.text(), name);
        }),
      mapError: (thrown) => mapError(thrown, { provider: name, now }),
    }),
  };

  async function send(call: ProviderCall, { body }: MappedRequest): Promise<LeanResponse> {
    return reported(await post(body, call), call);
  }

  async function countTokens(call: ProviderCall): Promise<number> {
    const { body } = mapRequest(call, { streamed: false });
    const response = reported(await count(mapCountRequest(body), call), call);
    return mapTokenCount(readAnswer(await response.text(), name));
  }
}

function reported(response: LeanResponse, { report }: ProviderCall): LeanResponse {
  const requestId = response.headers.get('request-id');
  report({ httpStatus: response.status, ...(requestId && { requestId }) });
  return response;
}
