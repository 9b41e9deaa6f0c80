import { type ConcurrencyStatus, createConcurrencyLimit } from '../completion/concurrency-limit.ts';
import { GatewayError } from '../completion/error.ts';
import type { Now } from '../completion/ports/now.ts';
import type { Policy } from '../completion/ports/policy.ts';
import type { ConcurrencyConfig } from '../config/config.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';

/** Lets as many calls run at once as the process can serve well. */
export interface ConcurrencyPolicy extends Policy {
  /** Changes the numbers. Calls that run or wait keep their place. */
  resize(config: ConcurrencyConfig): void;
  status(): ConcurrencyStatus;
}

/** Creates the limit on the calls of the whole process, whoever makes them and whatever they ask for. */
export function limitConcurrency({
  config,
  random,
  now,
}: {
  config: ConcurrencyConfig;
  random: () => number;
  now: Now;
}): ConcurrencyPolicy {
  const limit = createConcurrencyLimit({
    config,
    refuse: () => overloaded(limit.status().limit, random),
    now,
  });
  return {
    name: 'concurrency',
    admit({ abort }) {
      const waiting = limit.enter(abort.signal);
      return waiting?.then(() => limit.leave) ?? limit.leave;
    },
    resize: limit.resize,
    status: limit.status,
  };
}

function overloaded(maxConcurrency: number, random: () => number): GatewayError {
  return new GatewayError(
    ErrorReason.GATEWAY_OVERLOADED,
    `The gateway is serving as many calls as it may, ${maxConcurrency}. Call again shortly, or raise server.maxConcurrency.`,
    {
      // About a second, at random, so that those refused together do not come back together.
      retryAfterMs: 500 + 1_000 * random(),
      metadata: { maxConcurrency: String(maxConcurrency) },
    },
  );
}
