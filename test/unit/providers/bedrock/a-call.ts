import type { EmbedCall, ProviderCall, ResponseFacts } from '../../../../src/completion/ports/provider.ts';
import { CompleteRequest } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { EmbeddingPurpose } from '../../../../src/gen/sluice/v1/embedding_service.ts';
import { mapRequest } from '../../../../src/providers/bedrock/map-request.ts';

export { media, message, reasoning, text, toolCall, toolResult } from '../../../support/parts.ts';

export type Said = Parameters<typeof CompleteRequest.fromPartial>[0];

export const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

/** A call with everything at its default but what is said; `facts` keeps what it is told of the response. */
export function aCall(
  request: Said = { prompt: 'hi' },
  said: Partial<ProviderCall> = {},
): ProviderCall & { facts: ResponseFacts } {
  const facts: ResponseFacts = {};
  return {
    model: CLAUDE,
    request: CompleteRequest.fromPartial(request),
    options: undefined,
    defaultMaxOutputTokens: 4096,
    signal: new AbortController().signal,
    report: (told) => Object.assign(facts, told),
    ...said,
    facts,
  };
}

/** Texts to embed, with everything else at its default but what is said. */
export function anEmbedCall(texts: readonly string[], said: Partial<EmbedCall> = {}): EmbedCall {
  return {
    model: 'amazon.titan-embed-text-v2:0',
    texts,
    dimensions: undefined,
    purpose: EmbeddingPurpose.UNSPECIFIED,
    endUser: '',
    signal: new AbortController().signal,
    report() {},
    ...said,
  };
}

/** The body as it is written, and the fields that were warned of, each with the warning's code. */
export function written(request: Said, said: Partial<ProviderCall> = {}, { streamed = false } = {}) {
  const { body, warnings } = mapRequest(aCall(request, said), { streamed });
  return {
    body: JSON.parse(JSON.stringify(body)),
    warned: warnings.map(({ code, field }) => [code, field]),
  };
}
