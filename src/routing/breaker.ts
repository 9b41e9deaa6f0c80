import CircuitBreaker from 'opossum';
import { GatewayError } from '../completion/error.ts';
import type { Now } from '../completion/ports.ts';
import type { BreakerConfig } from '../config/config.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';

/** A provider's circuit: refuses attempts at a provider that keeps failing, and probes it for recovery. */
export interface Breaker {
  /**
   * Lets one attempt through. While the circuit is half open only one at a time, the probe.
   *
   * @throws GatewayError CIRCUIT_OPEN, with the time until the next probe.
   */
  admit(): Admission;
  status(): BreakerStatus;
  /** Stops its timers. */
  close(): void;
}

/** An attempt that was let through. Tells the circuit how it went; an attempt that says nothing must `leave`. */
export interface Admission {
  /** Content has come: enough to close a half-open circuit, however long the answer still takes. */
  showedContent(): void;
  succeeded(): void;
  failed(error: Error): void;
  /** The attempt proved nothing (the caller left): the next one may probe in its place. */
  leave(): void;
}

export interface BreakerStatus {
  state: 'closed' | 'open' | 'half-open';
  /** When an open circuit lets the next probe through, in milliseconds since the epoch. */
  nextProbeAt: number | undefined;
  /** Attempts that ended within the window. */
  attempts: number;
  /** Failed ones among them. */
  failures: number;
}

/**
 * Creates a circuit on opossum, which keeps the window, the thresholds and the timer. opossum is told outcomes
 * instead of being handed the work: an answer is a stream, which has its outcome long after its first promise, and
 * an attempt whose caller left has none at all, for which opossum has no word (a filtered error closes a half-open
 * circuit). See docs/decisions/breaker-hears-outcomes.md.
 */
export function createBreaker({
  name,
  config,
  now,
}: {
  name: string;
  config: BreakerConfig;
  now: Now;
}): Breaker {
  const circuit = new CircuitBreaker<[Error | undefined], void>(
    async (error) => {
      if (error) throw error;
    },
    {
      name,
      timeout: false,
      errorThresholdPercentage: config.errorThresholdPercentage,
      volumeThreshold: config.volumeThreshold,
      rollingCountTimeout: config.rollingCountTimeoutMs,
      resetTimeout: config.resetTimeoutMs,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
    },
  );
  let openedAt = 0;
  let probing = false;
  circuit.on('open', () => {
    openedAt = now();
  });

  return {
    admit() {
      if (circuit.closed) return admission(false);
      if (circuit.halfOpen && !probing) {
        probing = true;
        return admission(true);
      }
      throw refusal();
    },
    status() {
      const { fires: attempts, failures } = circuit.stats;
      if (circuit.closed) return { state: 'closed', nextProbeAt: undefined, attempts, failures };
      if (circuit.halfOpen) return { state: 'half-open', nextProbeAt: undefined, attempts, failures };
      return { state: 'open', nextProbeAt: openedAt + config.resetTimeoutMs, attempts, failures };
    },
    close: () => circuit.shutdown(),
  };

  function admission(isProbe: boolean): Admission {
    let told = false;
    return {
      showedContent() {
        if (isProbe) tell(undefined);
      },
      succeeded() {
        if (!told) tell(undefined);
      },
      failed(error) {
        tell(error);
      },
      leave() {
        if (isProbe && !told) probing = false;
      },
    };

    function tell(error: Error | undefined): void {
      // An attempt from before the circuit opened says nothing about recovery: only the probe does.
      if (!circuit.closed && (!isProbe || told)) return;
      told = true;
      circuit.fire(error).then(probed, probed);
    }

    function probed(): void {
      if (isProbe) probing = false;
    }
  }

  function refusal(): GatewayError {
    const retryAfterMs = circuit.halfOpen ? 1_000 : Math.max(0, openedAt + config.resetTimeoutMs - now());
    return new GatewayError(
      ErrorReason.CIRCUIT_OPEN,
      `The circuit of provider ${name} is open after repeated failures; it is probed again soon.`,
      { retryAfterMs, metadata: { provider: name } },
    );
  }
}
