import { GatewayError } from '../completion/error.ts';
import type { Provider } from '../completion/ports.ts';
import type { ExecutionConfig, ModelConfig } from '../config/config.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import type { Activity } from './activity.ts';
import type { Breaker } from './breaker.ts';

/** A provider with what routing keeps about it. */
export interface Upstream {
  provider: Provider;
  breaker: Breaker;
  activity: Activity;
  /** The time limits and policies that hold for it: the general ones, with its own over them. */
  execution: ExecutionConfig;
}

/** One provider's model, as a call may be sent there. */
export interface Target extends Upstream {
  /** The provider's own name of the model. */
  model: string;
}

/** Knows what stands behind a model's name. */
export interface Routes {
  /**
   * The targets of an alias, or of `provider/model`, in order of preference.
   *
   * @throws GatewayError MODEL_NOT_FOUND
   */
  resolve(model: string): readonly Target[];
  /** Every alias with its targets, by name. */
  readonly aliases: ReadonlyMap<string, readonly Target[]>;
}

export function createRoutes({
  upstreams,
  models,
}: {
  upstreams: ReadonlyMap<string, Upstream>;
  models: ReadonlyMap<string, ModelConfig>;
}): Routes {
  const aliases = new Map<string, readonly Target[]>();
  for (const { name, targets } of models.values()) {
    aliases.set(
      name,
      targets.map(({ provider, model, execution }) => {
        const upstream = upstreams.get(provider);
        if (!upstream) throw new Error(`models.${name}: no provider ${provider}`);
        return { ...upstream, model, execution: { ...upstream.execution, ...execution } };
      }),
    );
  }

  return {
    aliases,
    resolve(model) {
      const targets = aliases.get(model);
      if (targets) return targets;
      const slash = model.indexOf('/');
      const upstream = upstreams.get(model.slice(0, slash));
      if (slash > 0 && upstream && slash < model.length - 1)
        return [{ ...upstream, model: model.slice(slash + 1) }];
      throw new GatewayError(
        ErrorReason.MODEL_NOT_FOUND,
        `model: "${model.slice(0, 100)}" is neither an alias nor provider/model of a configured provider; ListModels names them.`,
        { metadata: { model: model.slice(0, 100) } },
      );
    },
  };
}
