import type { ConcurrencyLimit } from '../completion/concurrency-limit.ts';
import type { ModelFacts } from '../completion/ports/catalogue.ts';
import type { Provider } from '../completion/ports/provider.ts';
import type { ExecutionConfig } from '../config/config.ts';
import type { Activity } from './activity.ts';
import type { Breaker } from './breaker.ts';
import type { Cooldowns } from './cooldowns.ts';
import type { Latency } from './latency.ts';
import type { ProviderRates } from './provider-rates.ts';

/** A provider with what routing keeps about it. */
export interface Upstream {
  provider: Provider;
  breaker: Breaker;
  cooldowns: Cooldowns;
  /** The places for calls in flight there; undefined where there is no limit. */
  places: ConcurrencyLimit | undefined;
  /** What it may be asked for in a minute; undefined where there is no limit. */
  rates: ProviderRates | undefined;
  activity: Activity;
  /** The time limits and policies that hold for it: the general ones, with its own over them. */
  execution: ExecutionConfig;
}

/** One provider's model, as a call may be sent there. */
export interface Target extends Upstream {
  /** The provider's own name of the model. */
  model: string;
  /** How soon it begins to answer; undefined where no strategy asks for it. */
  latency: Latency | undefined;
  /** What is known of its size and prices, which may change with the time. */
  facts(): ModelFacts | undefined;
}

/** `provider/model`. */
export function nameOf({ provider, model }: Target): string {
  return `${provider.name}/${model}`;
}

/** How long a target must be left alone, in milliseconds: its circuit is open, or its model cools down. */
export function waitMs({ breaker, cooldowns, model }: Target): number {
  return Math.max(breaker.waitMs(), cooldowns.waitMs(model));
}
