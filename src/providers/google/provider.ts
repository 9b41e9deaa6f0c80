import type { Provider, ProviderCall } from '../../completion/ports/provider.ts';
import type { ProviderDependencies } from '../shared/dependencies.ts';
import { endpointOf } from '../shared/endpoint.ts';
import { createHttpAdapter } from '../shared/http-adapter.ts';
import type { LeanResponse } from '../shared/response.ts';
import { createTransport } from '../shared/transport.ts';
import { transportError } from '../shared/transport-error.ts';
import { addressOf } from './address.ts';
import { capabilitiesOf } from './capabilities.ts';
import { mapTokenCount, mapVertexCountRequest } from './count-tokens.ts';
import { createEmbed } from './embed.ts';
import { listModels } from './list-models.ts';
import { mapAnswer } from './map-answer.ts';
import { readAnswer } from './map-error.ts';
import { type MappedRequest, mapRequest } from './map-request.ts';
import { createStreamDecoder } from './map-stream.ts';
import { createResponseReader, type ResponseReader } from './response-reader.ts';
import { createSender } from './sender.ts';

const BASE_URL = 'https://generativelanguage.googleapis.com';

/** Creates a provider that speaks the Gemini API, at Gemini's own address or, with a key that it takes, at Vertex AI's. */
export function createGoogleProvider({ config, connectTimeoutMs, now }: ProviderDependencies): Provider {
  const { name, apiKey = '', baseUrl = BASE_URL } = config;
  const transport = createTransport({ connectTimeoutMs });
  const address = addressOf(baseUrl);
  const sender = createSender({ provider: name, apiKey, address, transport, now });

  return {
    name,
    kind: 'google',
    telemetryName: address.vertex ? 'gcp.vertex_ai' : 'gcp.gemini',
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
      embed: createEmbed({ provider: name, address, sender }),
      countTokens,
      listModels: (patience) =>
        listModels(async (pageToken) => {
          const response = await sender.byHand(address.modelsUrl(pageToken), undefined, patience);
          return readAnswer(await response.text(), name);
        }),
      mapError: (thrown) => transportError(name, thrown),
    }),
  };

  function createReader(call: ProviderCall): ResponseReader {
    return createResponseReader({ call, provider: name, now });
  }

  async function send(
    call: ProviderCall,
    { body }: MappedRequest,
    { streamed }: { streamed: boolean },
  ): Promise<LeanResponse> {
    const response = await sender.bySdk(
      call.model,
      (generative) => (streamed ? generative.generateContentStream(body) : generative.generateContent(body)),
      call,
    );
    call.report({ httpStatus: response.status });
    return response;
  }

  async function countTokens(call: ProviderCall): Promise<number> {
    const { model, report } = call;
    const { body } = mapRequest(call);
    const response = address.vertex
      ? await sender.byHand(address.vertexUrl(model, 'countTokens'), mapVertexCountRequest(body), call)
      : await sender.bySdk(
          model,
          (generative) => generative.countTokens({ generateContentRequest: body }),
          call,
        );
    report({ httpStatus: response.status });
    return mapTokenCount(readAnswer(await response.text(), name));
  }
}
