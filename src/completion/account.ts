import type { Execution } from '../gen/sluice/v1/execution.ts';
import { CacheStatus } from '../gen/sluice/v1/execution.ts';
import { toDuration, toMilliseconds } from './duration.ts';
import { GatewayError, toGatewayError } from './error.ts';
import type { AnyCall } from './ports/call.ts';
import { costOf, usageOf } from './usage.ts';

// What the answers and the errors of all calls tell about how they came about.

/** Who answered after which attempts, and how long that took. */
export function accountOf(
  { arrivedAt, attempts }: AnyCall,
  { provider, providerModel }: { provider: string; providerModel: string },
  now: number,
): Execution {
  const duration = now - arrivedAt;
  const atProviders = attempts.reduce(
    (sum, { duration }) => sum + (duration ? toMilliseconds(duration) : 0),
    0,
  );
  return {
    provider,
    providerModel,
    attempts,
    cacheStatus: CacheStatus.UNSPECIFIED,
    duration: toDuration(duration),
    gatewayDuration: toDuration(Math.max(0, duration - atProviders)),
  };
}

/** Whatever was thrown, as the caller is told it: after an abort, whoever aborted knows why. */
export function failureOf(call: AnyCall, thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return withAttempts(call, thrown);
  return withAttempts(call, toGatewayError(call.abort.signal.aborted ? call.abort.signal.reason : thrown));
}

function withAttempts({ attempts }: AnyCall, error: GatewayError): GatewayError {
  if (attempts.length === 0) return error;
  const usage = usageOf(attempts);
  const billed = usage && { usage, cost: costOf(attempts) };
  return new GatewayError(error.reason, error.message, { ...error.details, attempts, ...billed });
}
