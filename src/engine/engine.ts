import { createCatalogue } from '../catalogue/catalogue.ts';
import { type Completion, createCompletion } from '../completion/complete.ts';
import { createEmbedding, type Embedding } from '../completion/embed.ts';
import type { LookUps } from '../completion/look-ups.ts';
import type { AnswerCache } from '../completion/ports/cache.ts';
import type { ModelCatalogue } from '../completion/ports/catalogue.ts';
import type { Contents } from '../completion/ports/contents.ts';
import type { Now } from '../completion/ports/now.ts';
import type { Policy } from '../completion/ports/policy.ts';
import type { BudgetConfig, Config, KeyConfig, ProviderConfig } from '../config/config.ts';
import { createContents } from '../content/contents.ts';
import { type AccountsOptions, createAccounts } from '../policy/accounts/accounts.ts';
import { type Authenticate, createAuthenticator } from '../policy/authenticate.ts';
import { createRetryBudget } from '../routing/retry-budget.ts';
import { createRouter } from '../routing/router.ts';
import { createRoutes, type Routes } from '../routing/routes.ts';
import type { Upstream } from '../routing/target.ts';
import type { Upstreams } from './upstreams.ts';

/** What serves calls by one configuration. Another takes its place when that changes; calls stay where they began. */
export interface Engine {
  /** By name. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly routes: Routes;
  readonly catalogue: ModelCatalogue;
  readonly authenticate: Authenticate;
  readonly contents: Contents;
  readonly keys: readonly KeyConfig[];
  /** Budgets that hold whichever key is used. */
  readonly budgets: readonly BudgetConfig[];
  readonly completion: Completion;
  readonly embedding: Embedding;
  /** Gives its providers back. Once, when no call is left. */
  close(): void;
}

/** What lives as long as the process, whatever its configuration comes to be. */
export interface Shared {
  upstreams: Upstreams;
  cache: AnswerCache;
  lookUps: LookUps;
  /** The limit on calls in flight, which counts those of all engines. */
  concurrency: Policy;
  /** Where the accounts are kept, and who hears of them. */
  accounts: Pick<
    AccountsOptions,
    'ledger' | 'local' | 'booked' | 'budgetSeen' | 'unreachable' | 'statusName'
  >;
  now: Now;
  /** From 0, below 1. */
  random: () => number;
}

/** Puts together what a configuration asks for. Where that fails, nothing stays open that was not. */
export async function createEngine(
  config: Config,
  { upstreams: open, cache, lookUps, concurrency, accounts: ofAccounts, now, random }: Shared,
): Promise<Engine> {
  using undo = new DisposableStack();
  const upstreams = new Map<string, Upstream>();
  for (const provider of config.providers) {
    const execution = { ...config.execution, ...provider.execution };
    const connectTimeoutMs = longestConnectTimeout(config, provider, execution.connectTimeoutMs);
    const { upstream } = undo.use(await open.hold(provider, connectTimeoutMs));
    upstreams.set(provider.name, { ...upstream, execution });
  }

  const catalogue = await createCatalogue({ config, now });
  const routes = createRoutes({ upstreams, models: config.models, catalogue, now, random });
  const retryBudget = createRetryBudget({ config: config.retryBudget, now });
  const router = createRouter({ routes, retryBudget, now, random });
  const { keys, budgets } = config;
  const accounts = createAccounts({
    ...ofAccounts,
    budgets,
    priceVersion: (target) => catalogue.find(target)?.priceVersion ?? '',
    now,
    random,
  });
  const contents = createContents(config);
  // In the order in which they are asked.
  const policies: Policy[] = [accounts];
  const { close } = accounts;
  const life = { gate: concurrency, policies, close, router, contents, now };

  const holds = undo.move();
  return {
    upstreams,
    routes,
    catalogue,
    authenticate: createAuthenticator(config),
    contents,
    keys,
    budgets,
    completion: createCompletion({ ...life, cache, lookUps, cacheConfig: config.cache }),
    embedding: createEmbedding(life),
    close: () => holds.dispose(),
  };
}

/** A provider's targets share its connections. */
function longestConnectTimeout({ models }: Config, { name }: ProviderConfig, ownMs: number): number {
  const targets = [...models.values()].flatMap(({ targets }) => targets);
  const ofTargets = targets.filter(({ provider }) => provider === name);
  return Math.max(ownMs, ...ofTargets.map(({ execution }) => execution.connectTimeoutMs ?? 0));
}
