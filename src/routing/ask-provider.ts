import { GatewayError, toGatewayError } from '../completion/error.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import type { Upstream } from './target.ts';

/**
 * Asks a provider something beside the life of a completion, such as which models it has. There is one try, which ends
 * when the caller leaves or the time limit runs out; the circuit is not asked and hears nothing of it.
 *
 * @throws GatewayError
 */
export async function askProvider<Answer>(
  { provider, limitMs }: Pick<Upstream, 'provider'> & { limitMs: number },
  caller: AbortSignal,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(tooSlow(provider.name, limitMs)), limitMs);
  const signal = AbortSignal.any([caller, limit.signal]);
  try {
    return await ask(signal);
  } catch (thrown) {
    // Once aborted, whatever was thrown is only the echo of the abort, whose reason knows better.
    throw toGatewayError(signal.aborted ? signal.reason : thrown);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(provider: string, limitMs: number): GatewayError {
  return new GatewayError(
    ErrorReason.PROVIDER_TIMEOUT,
    `${provider} gave no answer within ${limitMs} ms, its response time-out.`,
    { metadata: { provider, timeout: 'response', timeoutMs: String(limitMs) } },
  );
}
