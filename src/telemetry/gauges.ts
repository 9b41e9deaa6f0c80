import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';
import { CircuitState, type ProviderStatus } from '../gen/sluice/v1/admin_service.ts';
import { General, Sluice } from './names.ts';

/** What a gauge tells of a provider. */
export type ProviderGauge = Pick<ProviderStatus, 'name' | 'circuit' | 'inFlightCount' | 'queuedCount'>;

/** Where gauges look when they are scraped. */
export interface ObservedSources {
  /** How many calls wait until the gateway takes them. */
  queuedCalls: () => number;
  providers: () => Iterable<ProviderGauge>;
}

/** Registers the gauges of the line before the gateway, and of the providers. */
export function observeSources(meter: Meter, { queuedCalls, providers }: ObservedSources): void {
  meter
    .createObservableGauge(Sluice.CALLS_QUEUED, {
      description: 'Calls that wait until the gateway takes them.',
    })
    .addCallback((result) => result.observe(queuedCalls()));
  const circuit = meter.createObservableGauge(Sluice.CIRCUIT_STATE, {
    description: "State of a provider's circuit: 0 closed, 1 half open, 2 open.",
  });
  const inFlight = meter.createObservableGauge(Sluice.PROVIDER_CALLS_IN_FLIGHT, {
    description: 'Attempts under way at a provider.',
  });
  const queued = meter.createObservableGauge(Sluice.PROVIDER_CALLS_QUEUED, {
    description: 'Attempts that wait until a provider may be asked.',
  });
  meter.addBatchObservableCallback(
    (result) => {
      for (const provider of providers()) {
        result.observe(circuit, CIRCUIT_LEVELS[provider.circuit], { provider: provider.name });
        result.observe(inFlight, provider.inFlightCount, { provider: provider.name });
        result.observe(queued, provider.queuedCount, { provider: provider.name });
      }
    },
    [circuit, inFlight, queued],
  );
}

const CIRCUIT_LEVELS = {
  [CircuitState.UNSPECIFIED]: 0,
  [CircuitState.CLOSED]: 0,
  [CircuitState.HALF_OPEN]: 1,
  [CircuitState.OPEN]: 2,
  [CircuitState.UNRECOGNIZED]: 0,
} satisfies Record<CircuitState, number>;

/** Registers the gauges of the event loop's delay since the last scrape. Call the result to stop measuring. */
export function observeEventLoop(meter: Meter): () => void {
  // Node takes these samples itself; no JavaScript runs until a scrape asks.
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const p50 = meter.createObservableGauge(General.EVENT_LOOP_DELAY_P50, {
    description: 'Median delay.',
    unit: 's',
  });
  const p99 = meter.createObservableGauge(General.EVENT_LOOP_DELAY_P99, {
    description: '99th percentile.',
    unit: 's',
  });
  meter.addBatchObservableCallback(
    (result) => {
      result.observe(p50, delay.percentile(50) / 1e9);
      result.observe(p99, delay.percentile(99) / 1e9);
      delay.reset();
    },
    [p50, p99],
  );
  return () => delay.disable();
}
