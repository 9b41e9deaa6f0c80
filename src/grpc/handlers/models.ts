import { invalidRequest } from '../../completion/error.ts';
import { estimateOutputTokens } from '../../completion/estimate-tokens.ts';
import type { Caller, Contents, ModelCapabilities, ModelCatalogue } from '../../completion/ports.ts';
import { validateRequest } from '../../completion/validation/validate-request.ts';
import type { CompleteRequest } from '../../gen/sluice/v1/completion_service.ts';
import {
  Capability,
  type CountTokensRequest,
  type CountTokensResponse,
  type EstimateCostRequest,
  type EstimateCostResponse,
  type ListModelsRequest,
  type ListModelsResponse,
  type Model,
  ModelServiceService,
} from '../../gen/sluice/v1/model_service.ts';
import type { Usage } from '../../gen/sluice/v1/usage.ts';
import type { Authenticate } from '../../policy/authenticate.ts';
import { countTokens } from '../../routing/count-tokens.ts';
import type { Routes } from '../../routing/routes.ts';
import type { Target } from '../../routing/target.ts';
import { bindService, type Service } from '../bind-service.ts';
import type { RpcContext } from '../rpc.ts';

/** Serves ModelService. */
export function modelService({
  routes,
  catalogue,
  contents,
  authenticate,
}: {
  routes: Routes;
  catalogue: ModelCatalogue;
  contents: Contents;
  authenticate: Authenticate;
}): Service {
  return bindService(ModelServiceService, {
    async listModels(request: ListModelsRequest, context: RpcContext): Promise<ListModelsResponse> {
      authenticate(context);
      const names = [...routes.aliases]
        .filter(
          ([, { targets }]) =>
            request.provider === '' || targets.some(({ provider }) => provider.name === request.provider),
        )
        .map(([name]) => name)
        .sort();
      const { page, nextPageToken } = pageOf(names, request);
      const models = page.map((name) => describe(name, routes.aliases.get(name)?.targets ?? [], catalogue));
      return { models, nextPageToken };
    },
    async countTokens({ request }: CountTokensRequest, context: RpcContext): Promise<CountTokensResponse> {
      const { checked, first } = firstTarget(request, authenticate(context));
      return countTokens(checked, first, context.abort.signal);
    },
    async estimateCost(
      { request, outputTokens }: EstimateCostRequest,
      context: RpcContext,
    ): Promise<EstimateCostResponse> {
      const caller = authenticate(context);
      if (outputTokens !== undefined && outputTokens < 0)
        throw invalidRequest('output_tokens', `is ${outputTokens}, not at least 0`);
      const { checked, first } = firstTarget(request, caller);
      const { inputTokens } = await countTokens(checked, first, context.abort.signal);
      const usage: Usage = {
        inputTokens,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: outputTokens ?? estimateOutputTokens(checked),
        reasoningTokens: 0,
        estimated: true,
      };
      const facts = catalogue.find({ provider: first.provider.name, model: first.model });
      return { usage, cost: facts?.price(usage) ?? { nanoUsd: 0, unpriced: true, estimated: true } };
    },
  });

  /** The request, once it has been found sound, as a provider may see it, and whom a completion would ask first. */
  function firstTarget(
    request: CompleteRequest | undefined,
    caller: Caller,
  ): { checked: CompleteRequest; first: Target } {
    if (!request) throw invalidRequest('request', 'is not set; give the request as Complete would get it');
    validateRequest(request, 'request.');
    const [first] = routes.resolve(request.model).targets;
    if (!first) throw new Error(`no targets for ${request.model}`);
    return { checked: contents.screen(request, caller), first };
  }
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

/** What a model can do, how much and for how much, is what its first target can. */
function describe(name: string, targets: readonly Target[], catalogue: ModelCatalogue): Model {
  const [first] = targets;
  const facts = first && catalogue.find({ provider: first.provider.name, model: first.model });
  return {
    name,
    targets: targets.map(({ provider, model }) => ({ provider: provider.name, providerModel: model })),
    contextWindow: facts?.contextWindow ?? 0,
    maxOutputTokens: facts?.maxOutputTokens ?? 0,
    capabilities: first ? capabilitiesOf(first.provider.capabilities(first.model)) : [],
    inputPrice: facts?.inputPrice ?? 0,
    outputPrice: facts?.outputPrice ?? 0,
  };
}

function capabilitiesOf(can: ModelCapabilities): Capability[] {
  const pairs: [boolean, Capability][] = [
    [can.completion, Capability.COMPLETION],
    [can.tools, Capability.TOOLS],
    [can.parallelTools, Capability.PARALLEL_TOOLS],
    [can.jsonObject, Capability.JSON_OBJECT],
    [can.jsonSchema, Capability.JSON_SCHEMA],
    [can.imageInput, Capability.IMAGE_INPUT],
    [can.documentInput, Capability.DOCUMENT_INPUT],
    [can.audioInput, Capability.AUDIO_INPUT],
    [can.reasoning, Capability.REASONING],
    [can.prefill, Capability.PREFILL],
    [can.embedding, Capability.EMBEDDING],
  ];
  return pairs.flatMap(([has, capability]) => (has ? [capability] : []));
}
