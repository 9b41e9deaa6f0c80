import { GatewayError, type Reason } from '../../completion/error.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { ConnectTimeout } from './connect-timeout.ts';

/**
 * Turns what a provider's connection threw into a {@link GatewayError}. An error of ours passes as it is. Anything
 * else counts as the provider being out of reach: a connection has more ways to fail than one can list.
 */
export function transportError(provider: string, thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const errors = errorsIn(thrown);
  const tooSlow = errors.find((error) => error instanceof ConnectTimeout);
  if (tooSlow) return connectTimeout(provider, tooSlow.limitMs, thrown);
  const codes = new Set(errors.map((error) => ('code' in error ? error.code : undefined)));
  const known = FAILURES.find(({ code }) => codes.has(code));
  const { reason, what, metadata } = known ?? UNKNOWN;
  return new GatewayError(reason, `${provider} ${what}.`, {
    cause: thrown,
    metadata: { provider, ...metadata },
  });
}

/** The error for a stream that stopped before it came to its end. */
export function endedEarly(provider: string): GatewayError {
  return new GatewayError(UNAVAILABLE, `${provider} ended its stream without its end mark.`, {
    metadata: { provider },
  });
}

function connectTimeout(provider: string, limitMs: number, cause: unknown): GatewayError {
  return new GatewayError(
    ErrorReason.PROVIDER_TIMEOUT,
    `${provider} did not accept a connection within ${limitMs} ms, its connect time-out.`,
    { cause, metadata: { provider, timeout: 'connect', timeoutMs: String(limitMs) } },
  );
}

interface Failure {
  reason: Reason;
  what: string;
  metadata?: Record<string, string>;
}

const UNAVAILABLE = ErrorReason.PROVIDER_UNAVAILABLE;
const UNKNOWN: Failure = { reason: UNAVAILABLE, what: 'could not be reached, or broke the connection' };

const FAILURES: readonly (Failure & { code: string })[] = [
  { code: 'ECONNREFUSED', reason: UNAVAILABLE, what: 'refused the connection' },
  { code: 'ENOTFOUND', reason: UNAVAILABLE, what: 'was not found in the DNS' },
  { code: 'EAI_AGAIN', reason: UNAVAILABLE, what: 'could not be looked up in the DNS' },
  { code: 'ECONNRESET', reason: UNAVAILABLE, what: 'reset the connection' },
  { code: 'UND_ERR_SOCKET', reason: UNAVAILABLE, what: 'closed the connection' },
  {
    code: 'UND_ERR_CONNECT_TIMEOUT',
    reason: ErrorReason.PROVIDER_TIMEOUT,
    what: 'did not accept the connection in time',
    metadata: { timeout: 'connect' },
  },
  // The operating system's own, while a connection is opened or, when a network breaks, long after.
  { code: 'ETIMEDOUT', reason: ErrorReason.PROVIDER_TIMEOUT, what: 'could not be reached in time' },
];

/** How deep errors wrap each other here: an SDK's, `fetch`'s, undici's, Node's, and one of many addresses. */
const MAX_DEPTH = 6;

function errorsIn(thrown: unknown, depth = 0): Error[] {
  if (!(thrown instanceof Error) || depth === MAX_DEPTH) return [];
  const inner = thrown instanceof AggregateError ? [thrown.cause, ...thrown.errors] : [thrown.cause];
  return [thrown, ...inner.flatMap((error) => errorsIn(error, depth + 1))];
}
