import { LRUCache } from 'lru-cache';
import { GatewayError } from '../completion/error.ts';
import type { Now } from '../completion/ports/now.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';

/**
 * Keeps away from models whose rate a provider limits, for as long as it says. A rate limit is not a fault: the provider
 * is well, and so are its other models, so the circuit, which is the whole provider's, hears nothing of it.
 */
export interface Cooldowns {
  /**
   * Lets an attempt at a model through. The first one after a cooldown is a probe, and goes alone.
   *
   * @throws GatewayError PROVIDER_RATE_LIMITED, with the time until the model may be asked again.
   */
  admit(model: string): CooldownProbe | undefined;
  /** How long to wait before asking for the model, in milliseconds; 0 where it may be asked now. */
  waitMs(model: string): number;
  /** The provider limits the model's rate: it is left alone for as long as the provider says. */
  limited(model: string, retryAfterMs: number | undefined): void;
  /** The models that are cooling down, and when each may be asked again, in milliseconds since the epoch. */
  list(): { model: string; until: number }[];
}

/** The attempt that finds out whether a model takes requests again. */
export interface CooldownProbe {
  /** The provider has taken the request. */
  accepted(): void;
  /** It proved nothing: the next attempt may probe in its place. */
  leave(): void;
}

interface Cooldown {
  until: number;
  /** How often in a row the provider has limited the model. */
  count: number;
  /** When the probe began that is under way. */
  probedAt: number | undefined;
}

/** What a provider that does not say how long is left alone for: this, doubling while it goes on limiting. */
const FIRST_MS = 1_000;

/** A probe that has not been taken by then holds up nobody any more. */
const PROBE_MS = 5_000;

/** How long to wait for the answer to a probe that is under way, before looking again. */
const PROBE_WAIT_MS = 250;

/** Names of models come from callers; only limited ones are kept, and of those no more than this. */
const MOST_MODELS = 1_000;

/** Creates the cooldowns of one provider. `maxMs` bounds what is not said by the provider itself. */
export function createCooldowns({
  provider,
  maxMs,
  now,
}: {
  provider: string;
  maxMs: number;
  now: Now;
}): Cooldowns {
  const cooldowns = new LRUCache<string, Cooldown>({ max: MOST_MODELS });

  return {
    admit(model) {
      // Mostly nothing is cooling down, and this is asked once per attempt.
      if (cooldowns.size === 0) return undefined;
      const cooldown = cooldowns.get(model);
      if (!cooldown) return undefined;
      if (waitMs(cooldown) > 0) throw refusal(model, cooldown);
      const probedAt = now();
      cooldown.probedAt = probedAt;
      return {
        accepted() {
          if (cooldowns.get(model) === cooldown && cooldown.probedAt === probedAt) cooldowns.delete(model);
        },
        leave() {
          if (cooldown.probedAt === probedAt) cooldown.probedAt = undefined;
        },
      };
    },
    waitMs(model) {
      const cooldown = cooldowns.size === 0 ? undefined : cooldowns.get(model);
      return cooldown ? waitMs(cooldown) : 0;
    },
    limited(model, retryAfterMs) {
      const before = cooldowns.get(model);
      // Answers to calls that were on their way together are one word of the provider, not many.
      const isNews = !before || now() >= before.until;
      const count = (before?.count ?? 0) + (isNews ? 1 : 0);
      const until = now() + cooldownMs(count, retryAfterMs);
      cooldowns.set(model, {
        until: Math.max(until, before?.until ?? 0),
        count,
        probedAt: isNews ? undefined : before?.probedAt,
      });
    },
    list: () => [...cooldowns.entries()].map(([model, { until }]) => ({ model, until })),
  };

  function waitMs({ until, probedAt }: Cooldown): number {
    if (now() < until) return until - now();
    return probedAt === undefined || now() - probedAt >= PROBE_MS ? 0 : PROBE_WAIT_MS;
  }

  /** A provider is taken at its word; one that goes on limiting after the time it named is given more. */
  function cooldownMs(count: number, saidMs: number | undefined): number {
    const ownMs = Math.min(FIRST_MS * 2 ** (count - 1), maxMs);
    if (saidMs === undefined) return ownMs;
    return count === 1 ? saidMs : Math.max(saidMs, ownMs);
  }

  function refusal(model: string, cooldown: Cooldown): GatewayError {
    return new GatewayError(
      ErrorReason.PROVIDER_RATE_LIMITED,
      `${provider}/${model} is left alone for a while, since ${provider} limits the gateway's key.`,
      { retryAfterMs: waitMs(cooldown), metadata: { provider, model } },
    );
  }
}
