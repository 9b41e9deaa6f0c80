import type { ConcurrencyLimit } from '../completion/concurrency-limit.ts';
import { GatewayError } from '../completion/error.ts';
import type { ModelCatalogue, Now, Provider } from '../completion/ports.ts';
import type { ExecutionConfig, ModelConfig } from '../config/config.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import type { Activity } from './activity.ts';
import type { Breaker } from './breaker.ts';
import type { Cooldowns } from './cooldowns.ts';
import { createLatency, type Latency } from './latency.ts';
import { createOrdering } from './order/create-ordering.ts';
import type { Asked, Ordering } from './order/ordering.ts';
import { priority } from './order/priority.ts';
import { canHonour } from './provider-call.ts';

/** A provider with what routing keeps about it. */
export interface Upstream {
  provider: Provider;
  breaker: Breaker;
  cooldowns: Cooldowns;
  /** The places for calls in flight there; undefined where there is no limit. */
  places: ConcurrencyLimit | undefined;
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
}

/** `provider/model`. */
export function nameOf({ provider, model }: Target): string {
  return `${provider.name}/${model}`;
}

/** How long a target must be left alone, in milliseconds: its circuit is open, or its model cools down. */
export function waitMs({ breaker, cooldowns, model }: Target): number {
  return Math.max(breaker.waitMs(), cooldowns.waitMs(model));
}

/** What stands behind a model's name. */
export interface ModelRoute {
  /** The targets as configured. */
  readonly targets: readonly Target[];
  /** The targets in the order in which a call asks them; asked once for each call. */
  order: Ordering<Target>;
}

/** Knows what stands behind a model's name. */
export interface Routes {
  /**
   * The route of an alias, or of `provider/model`.
   *
   * @throws GatewayError MODEL_NOT_FOUND, naming the request's `field`.
   */
  resolve(model: string, field?: string): ModelRoute;
  /** Every alias with its targets, by name. */
  readonly aliases: ReadonlyMap<string, ModelRoute>;
}

export function createRoutes({
  upstreams,
  models,
  catalogue,
  now,
  random,
}: {
  upstreams: ReadonlyMap<string, Upstream>;
  models: ReadonlyMap<string, ModelConfig>;
  catalogue: ModelCatalogue;
  now: Now;
  /** From 0, below 1. */
  random: () => number;
}): Routes {
  const aliases = new Map([...models.values()].map((model) => [model.name, aliasRoute(model)]));

  return {
    aliases,
    resolve(model, field = 'model') {
      const alias = aliases.get(model);
      if (alias) return alias;
      const slash = model.indexOf('/');
      const upstream = upstreams.get(model.slice(0, slash));
      if (slash > 0 && upstream && slash < model.length - 1)
        return singleRoute({ ...upstream, model: model.slice(slash + 1), latency: undefined });
      throw new GatewayError(
        ErrorReason.MODEL_NOT_FOUND,
        `${field}: "${model.slice(0, 100)}" is neither an alias nor provider/model of a configured provider; ListModels names them.`,
        { metadata: { model: model.slice(0, 100), field } },
      );
    },
  };

  function aliasRoute(model: ModelConfig): ModelRoute {
    const targets = model.targets.map(({ provider, model: name, execution }) => {
      const upstream = upstreams.get(provider);
      if (!upstream) throw new Error(`models.${model.name}: no provider ${provider}`);
      const latency = createLatency({ now });
      return { ...upstream, model: name, latency, execution: { ...upstream.execution, ...execution } };
    });
    return {
      targets,
      order: createOrdering<(typeof targets)[number]>({ model, targets, isAvailable, catalogue, random }),
    };
  }
}

function singleRoute(target: Target): ModelRoute {
  const targets = [target];
  return { targets, order: priority(targets) };
}

/** Whether a target can be asked now, and asked this. */
function isAvailable(target: Target, request: Asked): boolean {
  const { places } = target;
  return waitMs(target) === 0 && !(places && isFull(places)) && canHonour(target, request);
}

function isFull(places: ConcurrencyLimit): boolean {
  const { limit, inFlight } = places.status();
  return inFlight >= limit;
}
