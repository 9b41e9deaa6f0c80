import { GatewayError } from '../completion/error.ts';
import { estimateTokensOfTexts } from '../completion/estimate-tokens.ts';
import { unsupportedParameters } from '../completion/fit-to-model.ts';
import type { EmbeddingCall } from '../completion/ports/call.ts';
import type { Now } from '../completion/ports/now.ts';
import type { Embeddings } from '../completion/ports/provider.ts';
import { estimatedUsage } from '../completion/usage.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { openAttempt } from './open-attempt.ts';
import { unsupportedPolicy } from './provider-call.ts';
import type { Target } from './target.ts';
import { connectLimit, responseLimit } from './time-limits.ts';

/**
 * Asks one target once for embeddings, which {@link insistOnEmbedding} has found able.
 *
 * @throws GatewayError
 */
export async function attemptEmbedding(
  call: EmbeddingCall,
  { target, now }: { target: Target; now: Now },
): Promise<Embeddings> {
  const { provider, model, execution } = target;
  const { texts, dimensions, purpose, endUser } = call.request;
  using attempt = openAttempt(call, target, {
    startTrace: () => call.telemetry.embeddingStarted({ provider, model }, call.request),
    estimate: () => estimatedUsage(estimateTokensOfTexts(texts), 0),
    now,
  });
  try {
    if (!provider.embed) throw cannotEmbed(target);
    attempt.watchdog.wait('response', responseLimit(call.request, execution));
    const connectTimeoutMs = connectLimit(call.request, execution);
    const { signal, report } = attempt;
    const answer = await provider.embed({
      model,
      texts,
      dimensions,
      purpose,
      endUser,
      signal,
      connectTimeoutMs,
      report,
    });
    const { warnings } = answer;
    if (warnings.length > 0 && unsupportedPolicy(call.request, target) === 'reject')
      throw unsupportedParameters(`${provider.name}/${model}`, warnings);
    attempt.showedContent();
    return { ...answer, usage: attempt.answered({ usage: answer.usage }) };
  } catch (thrown) {
    throw attempt.failed(thrown);
  }
}

/** @throws GatewayError UNSUPPORTED_PARAMETER where a target makes no vectors. */
export function insistOnEmbedding(target: Target): void {
  const { provider, model } = target;
  if (!provider.embed || !provider.capabilities(model).embedding) throw cannotEmbed(target);
}

function cannotEmbed({ provider, model }: Target): GatewayError {
  return new GatewayError(
    ErrorReason.UNSUPPORTED_PARAMETER,
    `${provider.name}/${model} does not embed texts; ListModels names the models that have CAPABILITY_EMBEDDING.`,
    { metadata: { field: 'model', provider: provider.name, model } },
  );
}
