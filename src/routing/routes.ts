import { GatewayError } from '../completion/error.ts';
import type { ModelCatalogue } from '../completion/ports/catalogue.ts';
import type { Now } from '../completion/ports/now.ts';
import type { ModelConfig } from '../config/config.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { isAvailable } from './is-available.ts';
import { createLatency } from './latency.ts';
import { createOrdering } from './order/create-ordering.ts';
import type { Ordering } from './order/ordering.ts';
import { priority } from './order/priority.ts';
import type { Target, Upstream } from './target.ts';

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
        return singleRoute(toTarget(upstream, model.slice(slash + 1)));
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
      return {
        ...toTarget(upstream, name),
        latency,
        execution: { ...upstream.execution, ...execution },
      };
    });
    return {
      targets,
      order: createOrdering<(typeof targets)[number]>({ model, targets, isAvailable, random }),
    };
  }

  function toTarget(upstream: Upstream, model: string): Target {
    const name = { provider: upstream.provider.name, model };
    return { ...upstream, model, latency: undefined, facts: () => catalogue.find(name) };
  }
}

function singleRoute(target: Target): ModelRoute {
  const targets = [target];
  return { targets, order: priority(targets) };
}
