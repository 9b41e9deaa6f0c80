import { invalidRequest } from '../../completion/error.ts';
import type { ModelCapabilities } from '../../completion/ports.ts';
import {
  Capability,
  type ListModelsRequest,
  type ListModelsResponse,
  type Model,
  ModelServiceService,
} from '../../gen/sluice/v1/model_service.ts';
import type { Authenticate } from '../../policy/authenticate.ts';
import type { Routes, Target } from '../../routing/routes.ts';
import { bindService, type Service, unimplemented } from '../bind-service.ts';
import type { RpcContext } from '../rpc.ts';

/** Serves ModelService. */
export function modelService({
  routes,
  authenticate,
}: {
  routes: Routes;
  authenticate: Authenticate;
}): Service {
  return bindService(ModelServiceService, {
    async listModels(request: ListModelsRequest, context: RpcContext): Promise<ListModelsResponse> {
      authenticate(context);
      const names = [...routes.aliases]
        .filter(
          ([, targets]) =>
            request.provider === '' || targets.some(({ provider }) => provider.name === request.provider),
        )
        .map(([name]) => name)
        .sort();
      const { page, nextPageToken } = pageOf(names, request);
      return { models: page.map((name) => describe(name, routes.aliases.get(name) ?? [])), nextPageToken };
    },
    countTokens: unimplemented,
    estimateCost: unimplemented,
  });
}

const defaultPageSize = 100;
const largestPageSize = 1_000;

/** A page token is the last name of the page before, so that a page is right also where models come and go. */
function pageOf(names: readonly string[], { pageSize, pageToken }: ListModelsRequest) {
  if (pageSize < 0)
    throw invalidRequest('page_size', `is ${pageSize}, not at least 1; 0 stands for ${defaultPageSize}`);
  const after = Buffer.from(pageToken, 'base64url').toString();
  if (Buffer.from(after).toString('base64url') !== pageToken) {
    throw invalidRequest(
      'page_token',
      'is not a token of this method; repeat the next_page_token of the page before',
    );
  }
  const size = Math.min(pageSize || defaultPageSize, largestPageSize);
  const rest = names.filter((name) => name > after);
  const page = rest.slice(0, size);
  const last = rest.length > size ? page.at(-1) : undefined;
  return { page, nextPageToken: last === undefined ? '' : Buffer.from(last).toString('base64url') };
}

function describe(name: string, targets: readonly Target[]): Model {
  const first = targets[0];
  return {
    name,
    targets: targets.map(({ provider, model }) => ({ provider: provider.name, providerModel: model })),
    // Limits and prices come with the catalogue of models.
    contextWindow: 0,
    maxOutputTokens: 0,
    capabilities: first ? capabilitiesOf(first.provider.capabilities(first.model)) : [],
    inputPrice: 0,
    outputPrice: 0,
  };
}

function capabilitiesOf(can: ModelCapabilities): Capability[] {
  const pairs: [boolean, Capability][] = [
    [true, Capability.COMPLETION],
    [can.tools, Capability.TOOLS],
    [can.parallelTools, Capability.PARALLEL_TOOLS],
    [can.jsonObject, Capability.JSON_OBJECT],
    [can.jsonSchema, Capability.JSON_SCHEMA],
    [can.imageInput, Capability.IMAGE_INPUT],
    [can.documentInput, Capability.DOCUMENT_INPUT],
    [can.audioInput, Capability.AUDIO_INPUT],
    [can.reasoning, Capability.REASONING],
    [can.prefill, Capability.PREFILL],
  ];
  return pairs.flatMap(([has, capability]) => (has ? [capability] : []));
}
