import type { EmbedCall, ProviderCall, ResponseFacts } from '../../../../src/completion/ports/provider.ts';
import type { ProviderConfig } from '../../../../src/config/config.ts';
import { CompleteRequest } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { EmbeddingPurpose } from '../../../../src/gen/sluice/v1/embedding_service.ts';
import { createHuggingFaceProvider } from '../../../../src/providers/huggingface/provider.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

export type Said = Parameters<typeof CompleteRequest.fromPartial>[0];

/** A call with everything at its default but what is said; `facts` keeps what it is told of the response. */
export function aCall(
  request: Said = { prompt: 'hi' },
  said: Partial<ProviderCall> = {},
): ProviderCall & { facts: ResponseFacts } {
  const facts: ResponseFacts = {};
  return {
    model: 'Qwen/Qwen3-4B',
    request: CompleteRequest.fromPartial(request),
    options: undefined,
    defaultMaxOutputTokens: 4096,
    signal: new AbortController().signal,
    report: (told) => Object.assign(facts, told),
    ...said,
    facts,
  };
}

/** Texts to be embedded, with everything at its default but what is said. */
export function anEmbedCall(
  texts: readonly string[],
  said: Partial<EmbedCall> = {},
): EmbedCall & { facts: ResponseFacts } {
  const facts: ResponseFacts = {};
  return {
    model: 'BAAI/bge-m3',
    texts,
    dimensions: undefined,
    purpose: EmbeddingPurpose.UNSPECIFIED,
    endUser: '',
    signal: new AbortController().signal,
    report: (told) => Object.assign(facts, told),
    ...said,
    facts,
  };
}

/** The provider, asking a server of one's own. */
export function providerAt(baseUrl: string, said: Partial<ProviderConfig> = {}) {
  return createHuggingFaceProvider({
    config: { ...providerConfig('huggingface', baseUrl), ...said },
    connectTimeoutMs: 5000,
    now: Date.now,
  });
}
