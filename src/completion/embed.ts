import type { EmbedResponse } from '../gen/sluice/v1/embedding_service.ts';
import { accountOf, failureOf } from './account.ts';
import { checkAccess } from './check-access.ts';
import { createDebts, type Debts } from './debts.ts';
import type { EmbeddingCall, Outcome } from './ports/call.ts';
import type { Contents } from './ports/contents.ts';
import type { Now } from './ports/now.ts';
import type { Close, Policy } from './ports/policy.ts';
import type { RoutedEmbeddings, Router } from './ports/route.ts';
import { costOf } from './usage.ts';
import { validateEmbedRequest } from './validation/validate-embed-request.ts';

/** Turns texts into vectors. */
export interface Embedding {
  /**
   * Lives one call of Embed, from validation to settlement.
   *
   * @throws GatewayError, after settlement.
   */
  run(call: EmbeddingCall): Promise<EmbedResponse>;
}

/** Creates the life of a call of Embed: that of a completion without stream and cache. */
export function createEmbedding({
  gate,
  policies,
  close,
  router,
  contents,
  now,
}: {
  /** Asked by itself: until it has let a call in, nothing more is done for it. */
  gate: Policy;
  /** In the order in which they are asked. */
  policies: readonly Policy[];
  close: Close;
  router: Router;
  contents: Contents;
  now: Now;
}): Embedding {
  return {
    async run(call) {
      const debts = createDebts(call);
      const outcome = await live(call, debts);
      await debts.settle(outcome);
      close(call, outcome);
      call.telemetry.embeddingSettled(call, outcome);
      if (outcome.ending === 'failed') throw outcome.error;
      return outcome.answer;
    },
  };

  /** Never rejects: a failure is one of its outcomes. */
  async function live(call: EmbeddingCall, debts: Debts): Promise<Outcome<EmbedResponse>> {
    try {
      validateEmbedRequest(call.request);
      checkAccess(call.caller, call.request);
      const route = router.resolve(call.request);
      await debts.admit([gate], route);
      const guarded = contents.guardEmbedding(call, route);
      await debts.admit(policies, guarded);
      const answer = toResponse(call, await guarded.embed(call));
      return { ending: 'finished', answer };
    } catch (thrown) {
      const error = failureOf(call, thrown);
      return { ending: 'failed', error, partial: { ...nothing(call), usage: error.details.usage } };
    }
  }

  function toResponse(
    call: EmbeddingCall,
    { embeddings, usage, warnings, ...answeredBy }: RoutedEmbeddings,
  ): EmbedResponse {
    return {
      id: call.id,
      embeddings,
      usage,
      cost: costOf(call.attempts),
      execution: accountOf(call, answeredBy, now()),
      warnings,
    };
  }

  function nothing(call: EmbeddingCall): EmbedResponse {
    const execution = accountOf(call, { provider: '', providerModel: '' }, now());
    return { id: call.id, embeddings: [], execution, warnings: [] };
  }
}
