import type { Embedding } from '../../completion/embed.ts';
import type { Now } from '../../completion/ports.ts';
import {
  EmbeddingServiceService,
  type EmbedRequest,
  type EmbedResponse,
} from '../../gen/sluice/v1/embedding_service.ts';
import { bindService, type Service } from '../bind-service.ts';
import type { CallContext } from '../rpc.ts';

/** Serves EmbeddingService. */
export function embeddingService({
  embedding,
  newId,
  now,
}: {
  embedding: Embedding;
  newId: () => string;
  now: Now;
}): Service {
  return bindService(EmbeddingServiceService, {
    async embed(request: EmbedRequest, context: CallContext): Promise<EmbedResponse> {
      const { caller, abort, deadline, telemetry } = context;
      return embedding.run({
        id: newId(),
        request,
        caller,
        arrivedAt: now(),
        deadline,
        abort,
        telemetry,
        attempts: [],
      });
    },
  });
}
