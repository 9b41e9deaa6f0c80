import type { BudgetSeen } from '../completion/ledger.ts';
import type { Now } from '../completion/ports/now.ts';
import type { AuditConfig, TelemetryConfig } from '../config/config.ts';
import type { UsageRecord } from '../gen/sluice/v1/usage_service.ts';
import type { RpcObserver } from '../grpc/rpc-telemetry.ts';
import { openAuditLog } from './audit-log.ts';
import { createBoundedLog } from './bounded-log.ts';
import { createBudgetWarnings } from './budget-warnings.ts';
import { startRpc } from './call.ts';
import { type ObservedSources, observeEventLoop, observeSources } from './gauges.ts';
import { createHistograms } from './histograms.ts';
import { createLog, describeError, type Log, type LogSink, openStandardOutput } from './log.ts';
import { createMetrics } from './metrics.ts';
import { openMetricsEndpoint } from './metrics-endpoint.ts';
import { openSdk, SCOPE } from './open-sdk.ts';
import type { Redact } from './redact.ts';
import { createUsageMetrics } from './usage-metrics.ts';

/** Traces, metrics and logs of one service. Several may run in one process. */
export interface Telemetry extends RpcObserver {
  readonly log: Log;
  /** Where metrics are served: `host:port`, with the port that was really taken. Undefined: nowhere. */
  readonly metricsAddress: string | undefined;
  /** Lets metrics speak of these models by name: aliases, and the models of their targets. */
  knowModels(names: Iterable<string>): void;
  /** A provider's circuit has changed its state. */
  circuitChanged(provider: string, state: 'closed' | 'open' | 'half-open'): void;
  /** A call's usage record was booked. */
  usageBooked(record: UsageRecord): void;
  /** A call was held against a budget. */
  budgetSeen(budget: BudgetSeen): void;
  /** A call ran although the accounts could not be asked. */
  accountsUnreachable(error: unknown): void;
  /** Shows how long the line is, and the state of the providers, as gauges. */
  observe(sources: ObservedSources): void;
  /** Sends what is still waiting, within a limit, and closes. Never rejects. */
  shutdown(): Promise<void>;
}

export interface TelemetryOptions {
  config: TelemetryConfig;
  /** Where usage records are written. Default nowhere. */
  audit?: AuditConfig | undefined;
  /** `host:port` to serve metrics on; port 0 picks a free one. Undefined: no metrics. */
  metricsAddress: string | undefined;
  /** Takes secrets out of whatever is written or sent. */
  redact: Redact;
  now: Now;
  /** Default standard output. */
  logSink?: LogSink;
  /** Limit on sending what is still waiting at the end. Default 5 s. */
  flushTimeoutMs?: number;
}

/**
 * Starts {@link Telemetry}.
 *
 * @throws GatewayError where `metricsAddress` cannot be listened on.
 */
export async function createTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const {
    config,
    audit: auditConfig,
    metricsAddress,
    redact,
    now,
    logSink = openStandardOutput(),
    flushTimeoutMs = 5_000,
  } = options;
  const log = createLog({ service: config.serviceName, level: config.logLevel, redact, sink: logSink });
  const histograms = createHistograms(SCOPE);
  const endpoint =
    metricsAddress === undefined ? undefined : await openMetricsEndpoint(metricsAddress, histograms);
  const sdk = openSdk({
    serviceName: config.serviceName,
    otlpEndpoint: config.otlpEndpoint,
    otlpProtocol: config.otlpProtocol,
    metricReader: endpoint?.reader,
    log: createBoundedLog({ log, now, maxLines: 1 }),
  });
  const metrics = createMetrics(sdk.meter, histograms);
  const stopMeasuring = endpoint && observeEventLoop(sdk.meter);
  const warnLog = createBoundedLog({ log, now, maxLines: 20 });
  const usage = createUsageMetrics(sdk.meter, metrics.knownModels);
  const warnOnce = createBudgetWarnings(log);
  const audit =
    auditConfig && openAuditLog({ config: auditConfig, standardOutput: logSink, redact, log: warnLog, now });
  const { captureContent } = config;
  const rpcDeps = { tracer: sdk.tracer, metrics, log, warnLog, redact, captureContent, now };

  return {
    log,
    metricsAddress: endpoint?.address,
    rpcStarted: (rpc) => startRpc(rpcDeps, rpc),
    knowModels: (names) => metrics.knownModels.configured(names),
    circuitChanged(provider, state) {
      metrics.circuitChanged(provider, state);
      if (state === 'open') warnLog.warn({ provider }, 'circuit opened: the provider fails');
      else if (state === 'closed') log.info({ provider }, 'circuit closed: the provider is back');
    },
    usageBooked(record) {
      usage.booked(record);
      audit?.write(record);
    },
    budgetSeen(budget) {
      usage.budgetSeen(budget);
      if (budget.nearlySpent) warnOnce(budget);
    },
    accountsUnreachable(error) {
      usage.unreachable();
      warnLog.warn(
        { error: describeError(error, 0) },
        'call not held to its limits and budgets: Redis failed',
      );
    },
    observe: (sources) => observeSources(sdk.meter, sources),
    async shutdown() {
      stopMeasuring?.();
      await within(flushTimeoutMs, sdk.shutdown()).catch((error: unknown) => {
        log.warn({ error: describeError(error, 0) }, 'the last traces could not be sent');
      });
      await endpoint?.close();
      await within(flushTimeoutMs, audit?.close() ?? Promise.resolve()).catch(() => {});
      await within(flushTimeoutMs, logSink.flush()).catch(() => {});
    },
  };
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`gave up after ${limitMs} ms`)), limitMs);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
