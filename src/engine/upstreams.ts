import { isDeepStrictEqual } from 'node:util';
import { createConcurrencyLimit } from '../completion/concurrency-limit.ts';
import type { Now } from '../completion/ports/now.ts';
import type { ProviderConfig } from '../config/config.ts';
import { createProvider } from '../providers/registry.ts';
import { createActivity } from '../routing/activity.ts';
import { type Breaker, type CircuitState, createBreaker } from '../routing/breaker.ts';
import { createCooldowns } from '../routing/cooldowns.ts';
import { providerFull } from '../routing/enter-provider.ts';
import { createProviderRates, type ProviderRatesOptions } from '../routing/provider-rates.ts';
import type { Upstream } from '../routing/target.ts';

/** A provider that is open, with what routing keeps about it. Time limits are an engine's own. */
export type OpenUpstream = Omit<Upstream, 'execution'>;

/** Whoever uses a provider holds it until it needs it no more. */
export interface UpstreamHold extends Disposable {
  readonly upstream: OpenUpstream;
}

/** The providers that are open, for all engines of the process. */
export interface Upstreams {
  /**
   * The provider with this configuration: the one that is open, with its circuit and all, or a new one. It is closed when
   * its last holder has disposed of it.
   */
  hold(config: ProviderConfig, connectTimeoutMs: number): Promise<UpstreamHold>;
  /** Closes every provider, held or not. Never rejects. */
  close(): Promise<void>;
}

interface Shared {
  config: ProviderConfig;
  connectTimeoutMs: number;
  upstream: OpenUpstream;
  holders: number;
}

export function createUpstreams({
  rates,
  now,
  neverBack,
  onCircuit,
  onCloseFailed,
}: {
  /** Where what providers are asked for is counted. */
  rates: Pick<ProviderRatesOptions, 'shared' | 'local' | 'unreachable'>;
  now: Now;
  /** A clock that is never set back, for those who wait in line. */
  neverBack: Now;
  /** Hears of every change of a circuit, also of one that only earlier engines still use. */
  onCircuit: (breaker: Breaker, provider: string, state: CircuitState) => void;
  onCloseFailed: (provider: string, error: unknown) => void;
}): Upstreams {
  const opened = new Set<Shared>();
  const closing = new Set<Promise<void>>();

  return {
    async hold(config, connectTimeoutMs) {
      const shared = find(config, connectTimeoutMs) ?? (await open(config, connectTimeoutMs));
      shared.holders += 1;
      return {
        upstream: shared.upstream,
        [Symbol.dispose]() {
          shared.holders -= 1;
          if (shared.holders === 0) close(shared);
        },
      };
    },
    async close() {
      for (const shared of opened) close(shared);
      await Promise.all(closing);
    },
  };

  function find(config: ProviderConfig, connectTimeoutMs: number): Shared | undefined {
    return [...opened].find(
      (shared) =>
        shared.connectTimeoutMs === connectTimeoutMs &&
        isDeepStrictEqual(identityOf(shared.config), identityOf(config)),
    );
  }

  async function open(config: ProviderConfig, connectTimeoutMs: number): Promise<Shared> {
    const { name, concurrency, limits } = config;
    const breaker = createBreaker({
      name,
      config: config.breaker,
      now,
      onChange: (state) => onCircuit(breaker, name, state),
    });
    const upstream = {
      provider: await createProvider({ config, connectTimeoutMs, now }),
      breaker,
      cooldowns: createCooldowns({ provider: name, maxMs: config.breaker.maxResetTimeoutMs, now }),
      places:
        concurrency &&
        createConcurrencyLimit({ config: concurrency, refuse: () => providerFull(name), now: neverBack }),
      rates: limits && createProviderRates({ ...rates, provider: name, limits, now: neverBack }),
      activity: createActivity({ windowMs: config.breaker.rollingCountTimeoutMs, now }),
    };
    const shared = { config, connectTimeoutMs, upstream, holders: 0 };
    opened.add(shared);
    return shared;
  }

  function close(shared: Shared): void {
    if (!opened.delete(shared)) return;
    const { provider, breaker } = shared.upstream;
    breaker.close();
    const closed = provider
      .close()
      .catch((error: unknown) => onCloseFailed(provider.name, error))
      .finally(() => closing.delete(closed));
    closing.add(closed);
  }
}

/** What of its configuration makes a provider another one. Time limits do not: each engine brings its own. */
function identityOf(config: ProviderConfig): Omit<ProviderConfig, 'execution'> {
  const { execution: _, ...identity } = config;
  return identity;
}
