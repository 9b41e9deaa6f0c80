import type { EmbedCall, Embeddings, Provider, ProviderCall } from '../../completion/ports/provider.ts';
import type { ProviderDependencies } from '../shared/dependencies.ts';
import { embedInBatches } from '../shared/embed-in-batches.ts';
import { endpointOf } from '../shared/endpoint.ts';
import { createHttpAdapter } from '../shared/http-adapter.ts';
import { malformed, parseObject } from '../shared/json.ts';
import type { LeanResponse } from '../shared/response.ts';
import { createTransport } from '../shared/transport.ts';
import { unsupportedParameter } from '../shared/unsupported-parameter.ts';
import { capabilitiesOf } from './capabilities.ts';
import { countTokens } from './count-tokens.ts';
import { createEventStreamFraming } from './event-stream.ts';
import { listModels } from './list-models.ts';
import { mapAnswer } from './map-answer.ts';
import { embeddingModelOf, mapEmbeddings } from './map-embeddings.ts';
import { answeredError, mapError } from './map-error.ts';
import { type MappedRequest, mapRequest } from './map-request.ts';
import { createStreamDecoder } from './map-stream.ts';
import { modelPath } from './model-name.ts';
import { createSignedRequest } from './signed-request.ts';

/** Creates a provider that speaks Amazon Bedrock's Converse API. */
export function createBedrockProvider({ config, connectTimeoutMs, now }: ProviderDependencies): Provider {
  const { name, region = 'us-east-1' } = config;
  const transport = createTransport({ connectTimeoutMs });
  const { address, ask } = createSignedRequest({ config, region, transport, now });

  return {
    name,
    kind: 'bedrock',
    telemetryName: 'aws.bedrock',
    endpoint: endpointOf(address),
    capabilities: capabilitiesOf,
    close: () => transport.close(),
    ...createHttpAdapter({
      mapRequest,
      send,
      mapAnswer: (body, _call, warnings) => mapAnswer(parseObject(body), { provider: name, warnings }),
      framing: createEventStreamFraming({ provider: name }),
      createStreamDecoder: () => createStreamDecoder({ provider: name }),
      mapUnstreamed: (body) => {
        throw answeredError(parseObject(body), name) ?? malformed('it is not an event stream');
      },
      embed,
      countTokens: (call) => countTokens(ask, call),
      listModels: (patience) => listModels(ask, patience),
      mapError: (thrown) => mapError(thrown, { provider: name, region }),
    }),
  };

  async function send(
    call: ProviderCall,
    { body }: MappedRequest,
    { streamed }: { streamed: boolean },
  ): Promise<LeanResponse> {
    return askModel(call, streamed ? 'converse-stream' : 'converse', body);
  }

  async function embed(call: EmbedCall): Promise<Embeddings> {
    const family = embeddingModelOf(call.model);
    if (!family) throw unsupportedParameter('model', `${call.model} is not known to make vectors`);
    const warnings = family.warnings(call);
    return embedInBatches(call, family.limits, async (batch) => {
      const response = await askModel(batch, 'invoke', family.body(batch));
      return mapEmbeddings(response, { family, warnings });
    });
  }

  async function askModel(
    call: ProviderCall | EmbedCall,
    what: 'converse' | 'converse-stream' | 'invoke',
    body: object,
  ): Promise<LeanResponse> {
    const response = await ask({ service: 'runtime', path: modelPath(call.model, what), body }, call);
    const requestId = response.headers.get('x-amzn-requestid');
    call.report({ httpStatus: response.status, ...(requestId && { requestId }) });
    return response;
  }
}
