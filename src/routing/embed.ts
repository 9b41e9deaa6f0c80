import type { EmbeddingCall, Now, RoutedEmbeddings } from '../completion/ports.ts';
import { attemptEmbedding } from './attempt-embedding.ts';
import { failOver } from './failover.ts';
import type { Target } from './routes.ts';

/**
 * Embeds by the first target that does.
 *
 * @throws GatewayError of the most telling failure.
 */
export function embed(
  call: EmbeddingCall,
  { targets, now }: { targets: readonly Target[]; now: Now },
): Promise<RoutedEmbeddings> {
  return failOver(call, targets, async (target) => {
    const answer = await attemptEmbedding(call, { target, now });
    return { ...answer, provider: target.provider.name, providerModel: target.model };
  });
}
