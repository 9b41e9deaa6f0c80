import { toMilliseconds } from '../completion/duration.ts';
import type { GatewayError } from '../completion/error.ts';
import { asksForReasoning } from '../completion/reasoning.ts';
import type { ExecutionConfig } from '../config/config.ts';
import type { Duration } from '../gen/google/protobuf/duration.ts';
import type { CompleteRequest } from '../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import type { ExecutionPolicy } from '../gen/sluice/v1/execution.ts';

/** A request of any kind. */
interface Limited {
  readonly execution?: ExecutionPolicy | undefined;
}

/** The time limits of one attempt, in milliseconds. The caller's deadline and the total limit bound them all. */
export interface TimeLimits {
  /** To the first content of a stream. */
  firstContent: number;
  /** Between two signs of life of a stream. */
  idle: number;
  /** To a whole answer. */
  response: number;
}

export function timeLimits(request: CompleteRequest, execution: ExecutionConfig): TimeLimits {
  const said = request.execution;
  return {
    firstContent: milliseconds(said?.firstContentTimeout) ?? firstContentLimit(request, execution),
    idle: milliseconds(said?.idleTimeout) ?? execution.idleTimeoutMs,
    response: responseLimit(request, execution),
  };
}

function firstContentLimit(request: object, { firstContentTimeoutMs }: ExecutionConfig): number {
  // A model that reasons without showing it is silent for minutes, and yet well.
  return firstContentTimeoutMs ?? (asksForReasoning(request) ? 300_000 : 30_000);
}

/** Limit on a whole answer, per attempt. */
export function responseLimit(request: Limited, execution: ExecutionConfig): number {
  return milliseconds(request.execution?.responseTimeout) ?? execution.responseTimeoutMs;
}

/** Limit on opening a connection, per attempt. All calls share a provider's connections, so the lower limit holds. */
export function connectLimit(request: Limited, execution: ExecutionConfig): number {
  const said = milliseconds(request.execution?.connectTimeout) ?? Number.POSITIVE_INFINITY;
  return Math.min(said, execution.connectTimeoutMs);
}

/** Limit on the whole call, over all its attempts. */
export function totalLimit(request: Limited, execution: ExecutionConfig): number {
  return milliseconds(request.execution?.totalTimeout) ?? execution.totalTimeoutMs;
}

function milliseconds(duration: Duration | undefined): number | undefined {
  return duration && toMilliseconds(duration);
}

/**
 * Whether a time-out was of the caller's own making: it gave less time than the provider is given otherwise, so that
 * nothing is known of the provider by it.
 */
export function wasHurried(
  request: Limited,
  execution: ExecutionConfig,
  { reason, details: { metadata = {} } }: GatewayError,
): boolean {
  if (reason !== ErrorReason.PROVIDER_TIMEOUT || !request.execution) return false;
  const given: Record<string, number | undefined> = {
    connect: execution.connectTimeoutMs,
    'first content': firstContentLimit(request, execution),
    idle: execution.idleTimeoutMs,
    response: execution.responseTimeoutMs,
  };
  const { timeout = '', timeoutMs } = metadata;
  return Number(timeoutMs) < (given[timeout] ?? 0);
}
