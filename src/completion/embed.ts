import type { EmbedResponse } from '../gen/sluice/v1/embedding_service.ts';
import { CacheStatus } from '../gen/sluice/v1/execution.ts';
import { accountOf, costOf, failureOf } from './account.ts';
import type { EmbeddingCall, Now, RoutedEmbeddings, Router } from './ports.ts';
import { validateEmbedRequest } from './validation/validate-embed-request.ts';

/** Turns texts into vectors. */
export interface Embedding {
  /**
   * Lives one call of Embed, from validation to its account.
   *
   * @throws GatewayError
   */
  run(call: EmbeddingCall): Promise<EmbedResponse>;
}

/** Creates the life of a call of Embed: that of a completion without stream and cache. */
export function createEmbedding({ router, now }: { router: Router; now: Now }): Embedding {
  return {
    async run(call) {
      try {
        validateEmbedRequest(call.request);
        const response = toResponse(call, await router.resolve(call.request).embed(call));
        call.telemetry.embeddingSettled(call, response, undefined);
        return response;
      } catch (thrown) {
        const error = failureOf(call, thrown);
        call.telemetry.embeddingSettled(call, { ...nothing(call), usage: error.details.usage }, error);
        throw error;
      }
    },
  };

  function toResponse(
    call: EmbeddingCall,
    { embeddings, usage, warnings, ...answeredBy }: RoutedEmbeddings,
  ): EmbedResponse {
    return {
      id: call.id,
      embeddings,
      usage,
      cost: costOf(usage, CacheStatus.BYPASS),
      execution: accountOf(call, answeredBy, now()),
      warnings,
    };
  }

  function nothing(call: EmbeddingCall): EmbedResponse {
    const execution = accountOf(call, { provider: '', providerModel: '' }, now());
    return { id: call.id, embeddings: [], execution, warnings: [] };
  }
}
