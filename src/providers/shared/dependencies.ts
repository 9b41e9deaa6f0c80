import type { Now } from '../../completion/ports/now.ts';
import type { ProviderConfig } from '../../config/config.ts';

/** What every vendor's factory is given. */
export interface ProviderDependencies {
  config: ProviderConfig;
  /** Limit on opening a connection to the provider, for calls that have no lower one of their own. */
  connectTimeoutMs: number;
  now: Now;
}
