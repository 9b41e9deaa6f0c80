import type { Embedding } from '../../completion/embed.ts';
import type { Now } from '../../completion/ports.ts';
import {
  EmbeddingServiceService,
  type EmbedRequest,
  type EmbedResponse,
} from '../../gen/sluice/v1/embedding_service.ts';
import type { Authenticate } from '../../policy/authenticate.ts';
import { bindService, type Service } from '../bind-service.ts';
import type { Current } from '../current.ts';
import type { RpcContext } from '../rpc.ts';

/** Serves EmbeddingService. */
export function embeddingService({
  current,
  newId,
  now,
}: {
  current: Current<{ embedding: Embedding; authenticate: Authenticate }>;
  newId: () => string;
  now: Now;
}): Service {
  return bindService(EmbeddingServiceService, {
    async embed(request: EmbedRequest, context: RpcContext): Promise<EmbedResponse> {
      using engine = current();
      const { abort, deadline, telemetry, tell } = context;
      const caller = engine.authenticate(context);
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
