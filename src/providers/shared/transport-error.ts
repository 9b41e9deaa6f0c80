import { GatewayError } from '../../completion/error.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';

/**
 * Turns what a provider's connection threw into a {@link GatewayError}. An error of ours passes as it is. Anything
 * else counts as the provider being out of reach: a connection has more ways to fail than one can list.
 */
export function transportError(provider: string, thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const codes = new Set(codesOf(thrown));
  const known = FAILURES.find(({ code }) => codes.has(code));
  const { reason, what } = known ?? UNKNOWN;
  return new GatewayError(reason, `${provider} ${what}.`, { cause: thrown, metadata: { provider } });
}

/** The error for a stream that stopped before it came to its end. */
export function endedEarly(provider: string): GatewayError {
  return new GatewayError(UNAVAILABLE, `${provider} ended its stream without its end mark.`, {
    metadata: { provider },
  });
}

const UNAVAILABLE = ErrorReason.PROVIDER_UNAVAILABLE;
const UNKNOWN = { reason: UNAVAILABLE, what: 'could not be reached, or broke the connection' };

const FAILURES = [
  { code: 'ECONNREFUSED', reason: UNAVAILABLE, what: 'refused the connection' },
  { code: 'ENOTFOUND', reason: UNAVAILABLE, what: 'was not found in the DNS' },
  { code: 'EAI_AGAIN', reason: UNAVAILABLE, what: 'could not be looked up in the DNS' },
  { code: 'ECONNRESET', reason: UNAVAILABLE, what: 'reset the connection' },
  { code: 'UND_ERR_SOCKET', reason: UNAVAILABLE, what: 'closed the connection' },
  {
    code: 'UND_ERR_CONNECT_TIMEOUT',
    reason: ErrorReason.PROVIDER_TIMEOUT,
    what: 'did not accept the connection in time',
  },
  { code: 'ETIMEDOUT', reason: ErrorReason.PROVIDER_TIMEOUT, what: 'did not accept the connection in time' },
] as const;

/** How deep errors wrap each other here: an SDK's, `fetch`'s, undici's, Node's, and one of many addresses. */
const MAX_DEPTH = 6;

function codesOf(thrown: unknown, depth = 0): string[] {
  if (!(thrown instanceof Error) || depth === MAX_DEPTH) return [];
  const own = 'code' in thrown && typeof thrown.code === 'string' ? [thrown.code] : [];
  const inner = thrown instanceof AggregateError ? [thrown.cause, ...thrown.errors] : [thrown.cause];
  return [...own, ...inner.flatMap((error) => codesOf(error, depth + 1))];
}
