import { createLatency, type Latency } from '../../../../src/routing/latency.ts';
import { fastest } from '../../../../src/routing/order/fastest.ts';
import { aRequest } from '../../../support/builders.ts';
import type { Random } from '../../../support/random.ts';
import { fractions } from './seed.ts';

/** What a target does with a call: it shows its first content, or fails, after a while. */
export type Behaviour = (random: Random) => { afterMs: number; ends?: 'content' | 'failure' };

export interface SimulatedTarget {
  latency: Latency;
  behaviour: Behaviour;
  up: boolean;
}

/**
 * Sends calls to targets by the strategy `fastest`, on a clock of its own; what they do, they do while time passes.
 */
export function simulate(behaviours: readonly Behaviour[], random: Random) {
  let now = 1e12;
  const targets = behaviours.map(
    (behaviour): SimulatedTarget => ({
      latency: createLatency({ now: () => now }),
      behaviour,
      up: true,
    }),
  );
  const order = fastest({ targets, isAvailable: ({ up }) => up, random: fractions(random) });
  const request = aRequest();
  let pending: { at: number; happen: () => void }[] = [];

  return {
    targets,
    order: () => order(request),
    /** A call arrives, and goes to the first of its order. */
    call(): SimulatedTarget {
      const [target] = order(request);
      if (!target) throw new Error('no target');
      const { afterMs, ends = 'content' } = target.behaviour(random);
      const { latency } = target;
      latency.begin();
      const happen = () => (ends === 'content' ? latency.firstContent(afterMs) : latency.failed(afterMs));
      pending.push({ at: now + afterMs, happen });
      return target;
    },
    /** Time passes. */
    pass(ms: number): void {
      const until = now + ms;
      const due = pending.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      pending = pending.filter(({ at }) => at > until);
      for (const { at, happen } of due) {
        now = at;
        happen();
      }
      now = until;
    },
  };
}
