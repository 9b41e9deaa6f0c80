import { checkAccess } from '../../completion/check-access.ts';
import { invalidRequest } from '../../completion/error.ts';
import { estimateOutputTokens } from '../../completion/estimate-tokens.ts';
import type { Caller } from '../../completion/ports/call.ts';
import type { ModelCatalogue } from '../../completion/ports/catalogue.ts';
import type { Contents } from '../../completion/ports/contents.ts';
import type { ModelCapabilities } from '../../completion/ports/provider.ts';
import { estimatedUsage } from '../../completion/usage.ts';
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
import { countTokens } from '../../routing/count-tokens.ts';
import type { Routes } from '../../routing/routes.ts';
import type { Target } from '../../routing/target.ts';
import { bindService, type Service } from '../bind-service.ts';
import type { Current } from '../current.ts';
import { pageSizeOf } from '../page-size.ts';
import type { CallContext } from '../rpc.ts';

interface Parts {
  routes: Routes;
  catalogue: ModelCatalogue;
  contents: Contents;
}

/** Serves ModelService. */
export function modelService({ current }: { current: Current<Parts> }): Service {
  return bindService(ModelServiceService, {
    async listModels(request: ListModelsRequest, { caller }: CallContext): Promise<ListModelsResponse> {
      using engine = current();
      const { routes, catalogue } = engine;
      const names = [...routes.aliases]
        .filter(
          ([, { targets }]) =>
            request.provider === '' || targets.some(({ provider }) => provider.name === request.provider),
        )
        .map(([name]) => name)
        .filter((name) => caller.mayUse(name))
        .sort();
      const { page, nextPageToken } = pageOf(names, request);
      const models = page.map((name) => describe(name, routes.aliases.get(name)?.targets ?? [], catalogue));
      return { models, nextPageToken };
    },
    async countTokens({ request }: CountTokensRequest, context: CallContext): Promise<CountTokensResponse> {
      using engine = current();
      const { checked, first } = firstTarget(request, context.caller, engine);
      return await countTokens(checked, first, context.abort.signal);
    },
    async estimateCost(
      { request, outputTokens }: EstimateCostRequest,
      context: CallContext,
    ): Promise<EstimateCostResponse> {
      using engine = current();
      if (outputTokens !== undefined && outputTokens < 0)
        throw invalidRequest('output_tokens', `is ${outputTokens}, not at least 0`);
      const { checked, first } = firstTarget(request, context.caller, engine);
      const { inputTokens } = await countTokens(checked, first, context.abort.signal);
      const usage = estimatedUsage(inputTokens, outputTokens ?? estimateOutputTokens(checked));
      return { usage, cost: first.facts()?.price(usage) ?? { nanoUsd: 0, unpriced: true, estimated: true } };
    },
  });
}

/** The request, once it has been found sound and allowed, as a provider may see it, and whom a completion would ask first. */
function firstTarget(
  request: CompleteRequest | undefined,
  caller: Caller,
  { routes, contents }: Pick<Parts, 'routes' | 'contents'>,
): { checked: CompleteRequest; first: Target } {
  if (!request) throw invalidRequest('request', 'is not set; give the request as Complete would get it');
  validateRequest(request, 'request.');
  checkAccess(caller, request, 'request.');
  const [first] = routes.resolve(request.model).targets;
  if (!first) throw new Error(`no targets for ${request.model}`);
  return { checked: contents.screen(request, caller), first };
}

/** A page token is the last name of the page before, so that a page is right also where models come and go. */
function pageOf(names: readonly string[], { pageSize, pageToken }: ListModelsRequest) {
  const size = pageSizeOf(pageSize);
  const after = Buffer.from(pageToken, 'base64url').toString();
  if (Buffer.from(after).toString('base64url') !== pageToken) {
    throw invalidRequest(
      'page_token',
      'is not a token of this method; repeat the next_page_token of the page before',
    );
  }
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
