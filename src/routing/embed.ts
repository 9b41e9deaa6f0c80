import type { EmbeddingCall } from '../completion/ports/call.ts';
import type { RoutedEmbeddings } from '../completion/ports/route.ts';
import { attemptEmbedding, insistOnEmbedding } from './attempt-embedding.ts';
import { type FailOverDeps, failOver } from './failover.ts';
import type { Target } from './target.ts';

/**
 * Embeds by the first target that does.
 *
 * @throws GatewayError of the most telling failure.
 */
export function embed(
  call: EmbeddingCall,
  { targets, ...deps }: { targets: readonly Target[] } & FailOverDeps,
): Promise<RoutedEmbeddings> {
  const asking = { prepare: embeddingTarget, attempt, requestOf: () => call.request };
  return failOver(call, targets, asking, deps);

  async function attempt({ provider, model }: Target, target: Target): Promise<RoutedEmbeddings> {
    const answer = await attemptEmbedding(call, { target, now: deps.now });
    return { ...answer, provider: provider.name, providerModel: model };
  }
}

function embeddingTarget(target: Target): Target {
  insistOnEmbedding(target);
  return target;
}
