import type { Embedding } from '../../completion/embed.ts';
import type { Now } from '../../completion/ports/now.ts';
import {
  EmbeddingServiceService,
  type EmbedRequest,
  type EmbedResponse,
} from '../../gen/sluice/v1/embedding_service.ts';
import { bindService, type Service } from '../bind-service.ts';
import type { Current } from '../current.ts';
import type { CallContext } from '../rpc.ts';

/** Serves EmbeddingService. */
export function embeddingService({
  current,
  newId,
  now,
}: {
  current: Current<{ embedding: Embedding }>;
  newId: () => string;
  now: Now;
}): Service {
  return bindService(EmbeddingServiceService, {
    async embed(request: EmbedRequest, context: CallContext): Promise<EmbedResponse> {
      using engine = current();
      const { caller, abort, deadline, telemetry, tell } = context;
      return await engine.embedding.run({
        id: newId(),
        request,
        method: 'Embed',
        caller,
        arrivedAt: now(),
        deadline,
        abort,
        telemetry,
        attempts: [],
        savedNanoUsd: 0,
        tell,
      });
    },
  });
}
