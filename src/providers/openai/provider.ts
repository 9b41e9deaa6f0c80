import OpenAI, { APIError } from 'openai';
import type { Provider, ProviderCall } from '../../completion/ports.ts';
import type { ProviderDependencies } from '../shared/dependencies.ts';
import { endpointOf } from '../shared/endpoint.ts';
import { createHttpAdapter } from '../shared/http-adapter.ts';
import { malformed, parseObject } from '../shared/json.ts';
import type { LeanResponse } from '../shared/response.ts';
import { createSdkPost } from '../shared/sdk-post.ts';
import { createTransport } from '../shared/transport.ts';
import { capabilitiesOf } from './capabilities.ts';
import { mapAnswer } from './map-answer.ts';
import { answeredError, mapError } from './map-error.ts';
import { type MappedRequest, mapRequest } from './map-request.ts';
import { createStreamDecoder } from './map-stream.ts';

const BASE_URL = 'https://api.openai.com/v1';

/** Creates a provider that speaks OpenAI's chat completions. */
export function createOpenAiProvider({ config, connectTimeoutMs, now }: ProviderDependencies): Provider {
  const { name, baseUrl = BASE_URL } = config;
  const transport = createTransport({ connectTimeoutMs });
  const client = new OpenAI({
    // The SDK insists on a key, but a server of one's own may want none.
    apiKey: config.apiKey ?? 'none',
    baseURL: baseUrl,
    logLevel: 'off',
    // Null keeps the SDK from looking into the environment for them.
    organization: null,
    project: null,
    adminAPIKey: null,
    webhookSecret: null,
  });
  const post = createSdkPost({ sdk: { client, toError }, path: '/chat/completions', transport });

  return {
    name,
    kind: 'openai',
    telemetryName: 'openai',
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
      mapError: (thrown) => mapError(thrown, { provider: name, now }),
    }),
  };

  async function send({ signal, report }: ProviderCall, { body }: MappedRequest): Promise<LeanResponse> {
    const response = await post(body, signal);
    const requestId = response.headers.get('x-request-id');
    report({ httpStatus: response.status, ...(requestId && { requestId }) });
    return response;
  }
}

/** Some servers send the members of the error without the `error` around them. */
function toError(
  status: number,
  body: object | undefined,
  text: string | undefined,
  headers: Headers,
): APIError {
  const { error } = (body ?? {}) as { error?: unknown };
  return APIError.generate(status, body && { error: error ?? body }, text, headers);
}
