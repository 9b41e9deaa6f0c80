import { APIError } from 'openai';
import type {
  EmbedCall,
  ModelCapabilities,
  Provider,
  ProviderCall,
} from '../../completion/ports/provider.ts';
import type { ProviderDependencies } from '../shared/dependencies.ts';
import { endpointOf } from '../shared/endpoint.ts';
import { createHttpAdapter, type HttpVendor } from '../shared/http-adapter.ts';
import { malformed, parseObject } from '../shared/json.ts';
import type { LeanResponse } from '../shared/response.ts';
import { createSdkRequest, type Sdk, type SdkRequest } from '../shared/sdk-request.ts';
import { createTransport } from '../shared/transport.ts';
import type { CompletionApi, MappedRequest } from './completion-api.ts';
import { createEmbed, MAX_TEXTS } from './embed.ts';
import { listModels } from './list-models.ts';
import { answeredError, mapError, toError } from './map-error.ts';
import { requestIdIn } from './request-id.ts';

/** What sets a vendor apart that speaks OpenAI's API. */
export interface OpenAiApiVendor {
  kind: string;
  /** Well-known value of the attribute `gen_ai.provider.name`. */
  telemetryName: string;
  /** Where its requests go, as `client` knows it too. */
  baseUrl: string;
  client: Sdk['client'];
  api: CompletionApi;
  capabilities(model: string): ModelCapabilities;
  /** Headers that change over time, such as a token; they replace those that the client wrote. */
  authorize?(signal: AbortSignal): Promise<Record<string, string>>;
  /** Whether addresses depend on the model, as those of Azure's deployments do. Default false. */
  addressedByModel?: boolean;
  /** How many texts are embedded in one request. Default 2048. */
  maxTexts?: number;
  /** In place of OpenAI's own way to embed. */
  embed?: NonNullable<HttpVendor<MappedRequest>['embed']>;
  countTokens?: NonNullable<HttpVendor<MappedRequest>['countTokens']>;
  /** In place of the error that the SDK makes of a response that is none of success. */
  toError?: Sdk['toError'];
}

/** Creates the provider of a vendor that speaks OpenAI's API. */
export function createOpenAiApiProvider({
  vendor,
  dependencies: { config, connectTimeoutMs, now },
}: {
  vendor: OpenAiApiVendor;
  dependencies: ProviderDependencies;
}): Provider {
  const { name } = config;
  const { kind, telemetryName, baseUrl, api } = vendor;
  const transport = createTransport({ connectTimeoutMs });
  const postCompletion = request('post', api.path);
  const postEmbeddings = request('post', '/embeddings');
  const getModels = request('get', '/models');
  const embed = createEmbed({
    post: (body, call) => reporting(postEmbeddings, body, call),
    provider: name,
    maxTexts: vendor.maxTexts ?? MAX_TEXTS,
  });
  const countTokens = api.counting ? counting(api.counting) : vendor.countTokens;

  return {
    name,
    kind,
    telemetryName,
    endpoint: endpointOf(baseUrl),
    capabilities: api.capabilities ?? vendor.capabilities,
    close: () => transport.close(),
    ...createHttpAdapter({
      mapRequest: (call, mode) => api.mapRequest(call, mode),
      send: (call, { body }) => reporting(postCompletion, body, call),
      mapAnswer: (body, call, warnings) =>
        api.mapAnswer(parseObject(body), { call, provider: name, warnings }),
      createStreamDecoder: (call) => api.createStreamDecoder({ call, provider: name }),
      mapUnstreamed(body, call) {
        const answer = parseObject(body);
        if (api.mapUnstreamed) return api.mapUnstreamed(answer, { call, provider: name });
        // Some servers answer 200 with an error where a stream was asked for.
        throw answeredError(answer, name) ?? malformed('it is not an event stream');
      },
      embed: vendor.embed ?? embed,
      ...(countTokens && { countTokens }),
      listModels: (patience) => listModels(getModels, { patience, provider: name }),
      mapError: (thrown) => mapError(thrown, { provider: name, now }),
    }),
  };

  function counting({ path, mapRequest, mapAnswer }: NonNullable<CompletionApi['counting']>) {
    const post = request('post', path);
    return async (call: ProviderCall): Promise<number | undefined> => {
      try {
        const response = await reporting(post, mapRequest(call), call);
        return mapAnswer(parseObject(await response.text()));
      } catch (thrown) {
        // Not every server that speaks the API counts. Some take the address for that of a stored response.
        if (thrown instanceof APIError && (thrown.status === 404 || thrown.status === 405)) return undefined;
        throw thrown;
      }
    };
  }

  function request(method: 'get' | 'post', path: string): SdkRequest {
    const { client, authorize, addressedByModel } = vendor;
    return createSdkRequest({
      sdk: { client, toError: vendor.toError ?? toError, authorize, addressedByModel },
      method,
      path,
      transport,
    });
  }
}

async function reporting(
  post: SdkRequest,
  body: object,
  call: ProviderCall | EmbedCall,
): Promise<LeanResponse> {
  const response = await post(body, call);
  const requestId = requestIdIn(response.headers);
  call.report({ httpStatus: response.status, ...(requestId && { requestId }) });
  return response;
}
