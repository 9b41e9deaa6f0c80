import CircuitBreaker from 'opossum';
import { GatewayError } from '../completion/error.ts';
import type { Now } from '../completion/ports/now.ts';
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
  /** How long to wait before an attempt, in milliseconds; 0 where {@link Breaker.admit} would let it through. */
  waitMs(): number;
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

export type CircuitState = BreakerStatus['state'];

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
 *
 * While probes fail, the time between two of them doubles up to its limit. It is counted from beginning to beginning,
 * so that a provider that recovers is found within that limit, however long the probe before took to fail.
 */
export function createBreaker({
  name,
  config,
  now,
  onChange = () => {},
}: {
  name: string;
  config: BreakerConfig;
  now: Now;
  /** Hears of every change of state, once it has happened. */
  onChange?: (state: CircuitState) => void;
}): Breaker {
  const options = {
    name,
    timeout: false as const,
    errorThresholdPercentage: config.errorThresholdPercentage,
    volumeThreshold: config.volumeThreshold,
    rollingCountTimeout: config.rollingCountTimeoutMs,
    // opossum reads it whenever the circuit opens.
    resetTimeout: config.resetTimeoutMs,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
  };
  const circuit = new CircuitBreaker<[Error | undefined], void>(async (error) => {
    if (error) throw error;
  }, options);
  let nextProbeAt = 0;
  let intervalMs = config.resetTimeoutMs;
  /** The probe whose word counts, while it is under way. */
  let probe: { since: number } | undefined;
  circuit.on('open', () => {
    nextProbeAt = now() + options.resetTimeout;
    onChange('open');
  });
  circuit.on('halfOpen', () => onChange('half-open'));
  circuit.on('close', () => {
    intervalMs = config.resetTimeoutMs;
    options.resetTimeout = intervalMs;
    onChange('closed');
  });

  return {
    admit() {
      if (circuit.closed) return admission(undefined);
      if (waitMs() > 0) throw refusal();
      // A probe that hangs must not keep the next one from finding that the provider is back.
      if (probe) intervalMs = longer(intervalMs);
      probe = { since: now() };
      return admission(probe);
    },
    waitMs,
    status() {
      const { fires: attempts, failures } = circuit.stats;
      if (circuit.closed) return { state: 'closed', nextProbeAt: undefined, attempts, failures };
      if (circuit.halfOpen) return { state: 'half-open', nextProbeAt: undefined, attempts, failures };
      return { state: 'open', nextProbeAt, attempts, failures };
    },
    close: () => circuit.shutdown(),
  };

  function waitMs(): number {
    if (circuit.closed) return 0;
    // opossum's timer may be a little late.
    if (!circuit.halfOpen) return Math.max(1, nextProbeAt - now());
    return !probe || now() - probe.since >= intervalMs ? 0 : PROBE_WAIT_MS;
  }

  function longer(ms: number): number {
    return Math.min(2 * ms, config.maxResetTimeoutMs);
  }

  function admission(own: { since: number } | undefined): Admission {
    let told = false;
    return {
      showedContent() {
        if (own) tell(undefined);
      },
      succeeded() {
        if (!told) tell(undefined);
      },
      failed(error) {
        tell(error);
      },
      leave() {
        if (!told) probed();
      },
    };

    function tell(error: Error | undefined): void {
      // An attempt from before the circuit opened says nothing about recovery: only the latest probe does.
      if (!circuit.closed && (!own || own !== probe || told)) return;
      told = true;
      if (own && error && circuit.halfOpen) {
        intervalMs = longer(intervalMs);
        options.resetTimeout = Math.max(1, own.since + intervalMs - now());
      }
      circuit.fire(error).then(probed, probed);
    }

    function probed(): void {
      if (own === probe) probe = undefined;
    }
  }

  function refusal(): GatewayError {
    return new GatewayError(
      ErrorReason.CIRCUIT_OPEN,
      `The circuit of provider ${name} is open after repeated failures; it is probed again soon.`,
      { retryAfterMs: waitMs(), metadata: { provider: name } },
    );
  }
}

/** While a probe is under way, the wait is for its answer. */
const PROBE_WAIT_MS = 1_000;
