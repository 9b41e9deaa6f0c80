import type { Now, Router } from '../completion/ports.ts';
import { answer } from './answer.ts';
import { embed } from './embed.ts';
import type { Routes } from './routes.ts';

/** Answers calls by the configured routes, in order of preference. */
export function createRouter({ routes, now }: { routes: Routes; now: Now }): Router {
  return {
    resolve(model) {
      const targets = routes.resolve(model);
      return {
        targets: targets.map((target) => `${target.provider.name}/${target.model}`),
        answer: (call, show) => answer(call, { targets, show, now }),
        embed: (call) => embed(call, { targets, now }),
      };
    },
  };
}
