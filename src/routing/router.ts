import type { Router } from '../completion/ports/route.ts';
import { answer } from './answer.ts';
import { embed } from './embed.ts';
import type { FailOverDeps } from './failover.ts';
import type { Asked } from './order/ordering.ts';
import { quote } from './quote.ts';
import type { ModelRoute, Routes } from './routes.ts';
import { nameOf, type Target } from './target.ts';

/** Answers calls by the configured routes. */
export function createRouter({ routes, ...deps }: { routes: Routes } & FailOverDeps): Router {
  return {
    resolve(request) {
      const route = withFallbacks(request, routes);
      return {
        targets: route.targets.map(nameOf),
        quote: (request) => quote(request, route.targets),
        answer: (call, show) => answer(call, { targets: route.order(request), show, ...deps }),
        embed: (call) => embed(call, { targets: route.order(request), ...deps }),
      };
    },
  };
}

/** The route of the request's model, and behind it those of its fallbacks; a target that is in several counts once. */
function withFallbacks({ model, execution }: Asked, routes: Routes): ModelRoute {
  const own = routes.resolve(model);
  const names = execution?.fallbackModels ?? [];
  if (names.length === 0) return own;
  const all = [
    own,
    ...names.map((name, index) => routes.resolve(name, `execution.fallback_models[${index}]`)),
  ];
  return {
    targets: unique(all.flatMap(({ targets }) => targets)),
    order: (request) => unique(all.flatMap((route) => route.order(request))),
  };
}

function unique(targets: readonly Target[]): Target[] {
  const names = targets.map(nameOf);
  return targets.filter((_, at) => names.indexOf(names[at] as string) === at);
}
