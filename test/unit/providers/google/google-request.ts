import type { ProviderCall } from '../../../../src/completion/ports/provider.ts';
import { CompleteRequest } from '../../../../src/gen/sluice/v1/completion_service.ts';

/** A call of a provider, with everything at its default but what is said. */
export function aProviderCall(
  said: Parameters<typeof CompleteRequest.fromPartial>[0] = {},
  rest: Partial<ProviderCall> = {},
): ProviderCall {
  return {
    model: 'gemini-3-flash',
    request: CompleteRequest.fromPartial({ model: 'any', ...said }),
    options: undefined,
    defaultMaxOutputTokens: 4096,
    signal: new AbortController().signal,
    report() {},
    ...rest,
  };
}
