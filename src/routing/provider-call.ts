import { fitToModel } from '../completion/fit-to-model.ts';
import type { AnyCall } from '../completion/ports/call.ts';
import type { ProviderCall } from '../completion/ports/provider.ts';
import type { CompleteRequest, Warning } from '../gen/sluice/v1/completion_service.ts';
import type { EmbedRequest } from '../gen/sluice/v1/embedding_service.ts';
import { UnsupportedParameterPolicy } from '../gen/sluice/v1/execution.ts';
import type { Target } from './target.ts';
import { connectLimit } from './time-limits.ts';

type Asked = Pick<Target, 'provider' | 'model' | 'execution'>;

/** A request as a target can honour it. */
export interface FittedRequest {
  request: CompleteRequest;
  /** What was dropped or clamped for it. */
  warnings: Warning[];
}

/**
 * Makes a request one that a target can honour.
 *
 * @throws GatewayError UNSUPPORTED_PARAMETER
 */
export function fitToTarget(request: CompleteRequest, target: Asked): FittedRequest {
  const { provider, model } = target;
  return fitToModel(request, {
    model: `${provider.name}/${model}`,
    capabilities: provider.capabilities(model),
    unsupported: unsupportedPolicy(request, target),
  });
}

/** Whether a target can honour a request: all of a completion's wishes, or make vectors. */
export function canHonour(target: Asked, request: CompleteRequest | EmbedRequest): boolean {
  if ('texts' in request) return target.provider.capabilities(target.model).embedding;
  try {
    fitToTarget(request, target);
    return true;
  } catch {
    return false;
  }
}

/** Says what a target is asked for: a request fitted to it, with the provider's own options. */
export function toProviderCall(
  { request }: FittedRequest,
  target: Asked,
  { signal, report }: Pick<ProviderCall, 'signal' | 'report'>,
): ProviderCall {
  const { provider, model, execution } = target;
  return {
    model,
    request,
    options: providerOptions(request, provider.kind),
    defaultMaxOutputTokens: execution.defaultMaxOutputTokens,
    unsupported: unsupportedPolicy(request, target),
    signal,
    connectTimeoutMs: connectLimit(request, execution),
    report,
  };
}

/** What to do with a wish that a target cannot honour: as the request says, otherwise as configured. */
export function unsupportedPolicy(
  request: Pick<AnyCall['request'], 'execution'>,
  { execution }: Pick<Target, 'execution'>,
): 'drop' | 'reject' {
  switch (request.execution?.unsupportedParameters) {
    case UnsupportedParameterPolicy.DROP:
      return 'drop';
    case UnsupportedParameterPolicy.REJECT:
      return 'reject';
    default:
      return execution.unsupportedParameters;
  }
}

function providerOptions(request: CompleteRequest, kind: string): Record<string, unknown> | undefined {
  const json = request.providerOptions[kind];
  return json ? JSON.parse(json) : undefined;
}
