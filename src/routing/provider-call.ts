import { fitToModel } from '../completion/fit-to-model.ts';
import type { AnyCall, ProviderCall } from '../completion/ports.ts';
import type { CompleteRequest, Warning } from '../gen/sluice/v1/completion_service.ts';
import { UnsupportedParameterPolicy } from '../gen/sluice/v1/execution.ts';
import type { Target } from './routes.ts';
import { connectLimit } from './time-limits.ts';

/**
 * Says what a target is asked for: the request as its model can honour it, with the provider's own options.
 *
 * @throws GatewayError UNSUPPORTED_PARAMETER
 */
export function toProviderCall(
  request: CompleteRequest,
  target: Pick<Target, 'provider' | 'model' | 'execution'>,
  { signal, report }: Pick<ProviderCall, 'signal' | 'report'>,
): { call: ProviderCall; warnings: Warning[] } {
  const { provider, model, execution } = target;
  const unsupported = unsupportedPolicy(request, target);
  const fitted = fitToModel(request, {
    model: `${provider.name}/${model}`,
    capabilities: provider.capabilities(model),
    unsupported,
  });
  const call: ProviderCall = {
    model,
    request: fitted.request,
    options: providerOptions(request, provider.kind),
    defaultMaxOutputTokens: execution.defaultMaxOutputTokens,
    unsupported,
    signal,
    connectTimeoutMs: connectLimit(request, execution),
    report,
  };
  return { call, warnings: fitted.warnings };
}

/** What to do with a wish that a target cannot honour: as the request says, otherwise as configured. */
export function unsupportedPolicy(
  request: AnyCall['request'],
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
