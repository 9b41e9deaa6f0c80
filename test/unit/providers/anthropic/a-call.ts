import type { ProviderCall, ResponseFacts } from '../../../../src/completion/ports/provider.ts';
import { CompleteRequest } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { mapRequest } from '../../../../src/providers/anthropic/map-request.ts';

export { media, message, reasoning, text, toolCall, toolResult } from '../../../support/parts.ts';

export type Said = Parameters<typeof CompleteRequest.fromPartial>[0];

/** A call with everything at its default but what is said; `facts` keeps what it is told of the response. */
export function aCall(
  request: Said = { prompt: 'hi' },
  said: Partial<ProviderCall> = {},
): ProviderCall & { facts: ResponseFacts } {
  const facts: ResponseFacts = {};
  return {
    model: 'claude-sonnet-4-5',
    request: CompleteRequest.fromPartial(request),
    options: undefined,
    defaultMaxOutputTokens: 4096,
    signal: new AbortController().signal,
    report: (told) => Object.assign(facts, told),
    ...said,
    facts,
  };
}

/** The body as the SDK writes it, and the fields that were warned of, each with the warning's code. */
export function written(request: Said, said: Partial<ProviderCall> = {}) {
  const { body, warnings } = mapRequest(aCall(request, said), { streamed: false });
  return {
    body: JSON.parse(JSON.stringify(body)),
    warned: warnings.map(({ code, field }) => [code, field]),
  };
}
