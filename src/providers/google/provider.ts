import { GoogleGenerativeAI } from '@google/generative-ai';
import type { Provider, ProviderCall } from '../../completion/ports.ts';
import type { ProviderDependencies } from '../shared/dependencies.ts';
import { endpointOf } from '../shared/endpoint.ts';
import { createHttpAdapter } from '../shared/http-adapter.ts';
import { type LeanResponse, leanResponse } from '../shared/response.ts';
import { createTransport } from '../shared/transport.ts';
import { transportError } from '../shared/transport-error.ts';
import { capabilitiesOf } from './capabilities.ts';
import { mapAnswer } from './map-answer.ts';
import { failedResponse } from './map-error.ts';
import { type MappedRequest, mapRequest } from './map-request.ts';
import { createStreamDecoder } from './map-stream.ts';
import { interceptFetch, rawResponse } from './raw-response.ts';
import { createResponseReader, type ResponseReader } from './response-reader.ts';

const BASE_URL = 'https://generativelanguage.googleapis.com';

/** Creates a provider that speaks the Gemini API. */
export function createGoogleProvider({ config, connectTimeoutMs, now }: ProviderDependencies): Provider {
  const { name, baseUrl = BASE_URL } = config;
  const transport = createTransport({ connectTimeoutMs });
  const client = new GoogleGenerativeAI(config.apiKey ?? '');
  const address = addressOf(baseUrl);
  interceptFetch();

  return {
    name,
    kind: 'google',
    telemetryName: 'gcp.gemini',
    endpoint: endpointOf(baseUrl),
    capabilities: capabilitiesOf,
    close: () => transport.close(),
    ...createHttpAdapter({
      mapRequest,
      send,
      mapAnswer: (body, call, warnings) => mapAnswer(body, createReader(call), warnings),
      createStreamDecoder: (call) => createStreamDecoder(createReader(call), name),
      // Without `alt=sse`, which a proxy may drop, the stream is one JSON list.
      mapUnstreamed(body, call) {
        const decoder = createStreamDecoder(createReader(call), name);
        return [...decoder.decode({ data: body }), ...decoder.end()];
      },
      mapError: (thrown) => transportError(name, thrown),
    }),
  };

  function createReader(call: ProviderCall): ResponseReader {
    return createResponseReader({ call, provider: name, now });
  }

  async function send(
    { model, signal, report }: ProviderCall,
    { body }: MappedRequest,
    { streamed }: { streamed: boolean },
  ): Promise<LeanResponse> {
    const generative = client.getGenerativeModel({ model: modelPath(model) }, address);
    const response = await rawResponse(
      () => (streamed ? generative.generateContentStream(body) : generative.generateContent(body)),
      // Not by way of the SDK, which never takes its listener off a signal again.
      (url, init) => transport.fetch(url, { ...init, signal }),
    );
    report({ httpStatus: response.status });
    if (!response.ok) throw await failedResponse(response, { provider: name, now });
    return leanResponse(response);
  }
}

/** The SDK puts the version into the address itself, but a base URL may well end with one. */
function addressOf(baseUrl: string): { baseUrl: string; apiVersion?: string } {
  const [, base, apiVersion] = /^(.+)\/(v\d\w*)$/.exec(baseUrl) ?? [];
  return base && apiVersion ? { baseUrl: base, apiVersion } : { baseUrl };
}

/** The SDK puts the name into the address as it is, and callers may name any model. */
function modelPath(model: string): string {
  return model.split('/').map(encodeURIComponent).join('/');
}
