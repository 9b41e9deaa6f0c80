import type { ConcurrencyLimit } from '../completion/concurrency-limit.ts';
import { GatewayError } from '../completion/error.ts';
import type { AnyCall, Provider } from '../completion/ports.ts';
import type { ExecutionConfig, ModelConfig } from '../config/config.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import type { Activity } from './activity.ts';
import type { Breaker } from './breaker.ts';
import type { Cooldowns } from './cooldowns.ts';

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
  /** The targets in the order in which this call asks them. */
  order(request: AnyCall['request']): readonly Target[];
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
}: {
  upstreams: ReadonlyMap<string, Upstream>;
  models: ReadonlyMap<string, ModelConfig>;
}): Routes {
  const aliases = new Map<string, ModelRoute>();
  for (const { name, targets } of models.values()) {
    aliases.set(
      name,
      inOrder(
        targets.map(({ provider, model, execution }) => {
          const upstream = upstreams.get(provider);
          if (!upstream) throw new Error(`models.${name}: no provider ${provider}`);
          return { ...upstream, model, execution: { ...upstream.execution, ...execution } };
        }),
      ),
    );
  }

  return {
    aliases,
    resolve(model, field = 'model') {
      const alias = aliases.get(model);
      if (alias) return alias;
      const slash = model.indexOf('/');
      const upstream = upstreams.get(model.slice(0, slash));
      if (slash > 0 && upstream && slash < model.length - 1)
        return inOrder([{ ...upstream, model: model.slice(slash + 1) }]);
      throw new GatewayError(
        ErrorReason.MODEL_NOT_FOUND,
        `${field}: "${model.slice(0, 100)}" is neither an alias nor provider/model of a configured provider; ListModels names them.`,
        { metadata: { model: model.slice(0, 100), field } },
      );
    },
  };
}

function inOrder(targets: readonly Target[]): ModelRoute {
  return { targets, order: () => targets };
}
