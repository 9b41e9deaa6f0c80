import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import type { ProviderCall, ResponseFacts } from '../../../../src/completion/ports/provider.ts';
import { CompleteRequest } from '../../../../src/gen/sluice/v1/completion_service.ts';
import type { Part } from '../../../../src/gen/sluice/v1/message.ts';

export { media, message, reasoning, text, toolCall, toolResult } from '../../../support/parts.ts';

export type Said = Parameters<typeof CompleteRequest.fromPartial>[0];

/** A call with everything at its default but what is said; `facts` keeps what it is told of the response. */
export function aCall(
  request: Said = { prompt: 'hi' },
  said: Partial<ProviderCall> = {},
): ProviderCall & { facts: ResponseFacts[] } {
  const facts: ResponseFacts[] = [];
  return {
    model: 'gpt-4o',
    request: CompleteRequest.fromPartial(request),
    options: undefined,
    defaultMaxOutputTokens: 4096,
    signal: new AbortController().signal,
    report: (told) => void facts.push(told),
    ...said,
    facts,
  };
}

export function refusal(value: string): Part {
  return { part: { $case: 'refusal', value } };
}

/** Name of the reason that was thrown. */
export function reasonThrownBy(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return reasonName(error.reason);
    throw error;
  }
  return 'nothing was thrown';
}
