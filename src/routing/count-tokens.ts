import type { GatewayError } from '../completion/error.ts';
import { estimateInputTokens } from '../completion/estimate-tokens.ts';
import type { CompleteRequest } from '../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { askProvider } from './ask-provider.ts';
import { fitToTarget, toProviderCall } from './provider-call.ts';
import { traitsOf } from './reasons.ts';
import type { Target } from './target.ts';
import { responseLimit } from './time-limits.ts';

/**
 * Counts a request's input tokens as its target would: exactly where the target can, otherwise by an estimate that
 * says so. A provider that fails is no reason not to have one.
 *
 * @throws GatewayError where the request itself is at fault, or its caller has left.
 */
export async function countTokens(
  request: CompleteRequest,
  target: Target,
  caller: AbortSignal,
): Promise<{ inputTokens: number; estimated: boolean }> {
  const { provider, execution } = target;
  const limitMs = responseLimit(request, execution);
  const exact = await askProvider({ provider, limitMs }, caller, async (signal) => {
    const call = toProviderCall(fitToTarget(request, target), target, { signal, report() {} });
    return provider.countTokens?.(call);
  }).catch((error: GatewayError) => {
    if (!isProvidersFailure(error)) throw error;
    return undefined;
  });
  return exact === undefined
    ? { inputTokens: estimateInputTokens(request), estimated: true }
    : { inputTokens: exact, estimated: false };
}

/** What would not be the same with any other caller or request. */
function isProvidersFailure({ reason }: GatewayError): boolean {
  const { circuit, passes } = traitsOf(reason);
  return circuit === 'fault' || passes || reason === ErrorReason.PROVIDER_CREDENTIALS_REJECTED;
}
